package import Basics
import ModelBundles
import Registry

/// Nothing is promoted in the stated spans of time.
package struct FreezeWindows: GateRule {
    package static let name = "freeze"
    package static let summary = "The decision is not made within a freeze window."
    package static let keys = ["windows"]

    struct Window: Sendable {
        var from: Nanoseconds
        var to: Nanoseconds
        var reason: String
    }

    let windows: [Window]

    package init(_ reader: ConfigReader) throws {
        windows = try reader.list("windows").map { node in
            let item = try ConfigReader(node, path: "windows", keys: ["from", "to", "reason"])
            func time(_ key: String) throws -> Nanoseconds {
                let text = try item.string(key)
                guard let time = TimeText.parseUTC(text) else {
                    throw ConfigError(
                        "found '\(text)', expected a time such as 2026-12-24 or 2026-12-24T13:00Z",
                        at: item.value(key)?.mark)
                }
                return time
            }
            let window = Window(
                from: try time("from"), to: try time("to"), reason: try item.string("reason", default: ""))
            guard window.from < window.to else {
                throw ConfigError("found a window that ends before it begins", at: node.mark)
            }
            return window
        }
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        if let window = windows.first(where: { $0.from <= evidence.now && evidence.now < $0.to }) {
            return GateVerdict(
                false,
                "promotions are frozen until "
                    + "\(TimeText.utc(window.to))\(window.reason.isEmpty ? "" : ": \(window.reason)")"
            )
        }
        return GateVerdict(true, "\(TimeText.utc(evidence.now)) is in none of \(windows.count) freeze windows")
    }
}
