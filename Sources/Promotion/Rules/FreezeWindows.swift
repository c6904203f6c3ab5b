package import Basics
import ModelBundles
import Registry

/// Nothing is promoted in the stated spans of time.
///
/// Both ends are moments, a day is its beginning: of `to: 2026-12-26` the 26th is free. In `environment.yaml` a day as
/// `to` counts to its end. Policies that were signed mean what they meant, so the sentence says which it is.
package struct FreezeWindows: GateRule {
    package static let name = "freeze"
    package static let summary = "The decision is not made within a freeze window; a day as its end is free itself."
    package static let keys = ["windows"]

    struct Window: Sendable {
        var from: Nanoseconds
        var to: Nanoseconds
        var reason: String
        /// Whether `to` was written as a day.
        var isDay: Bool

        /// The end, so that nobody takes the day for frozen.
        var end: String { "\(TimeText.seconds(to))\(isDay ? ", that day is free" : "")" }
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
                from: try time("from"), to: try time("to"), reason: try item.string("reason", default: ""),
                isDay: try item.string("to").count == "0000-00-00".count)
            guard window.from < window.to else {
                throw ConfigError(
                    "found a window that ends before it begins"
                        + (window.isDay ? ": a day as its end is free, so name the day after the last" : ""),
                    at: node.mark)
            }
            return window
        }
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        if let window = windows.first(where: { $0.from <= evidence.now && evidence.now < $0.to }) {
            return GateVerdict(
                false,
                "promotions are frozen until \(window.end)\(window.reason.isEmpty ? "" : ": \(window.reason)")")
        }
        let day: Nanoseconds = 86_400_000_000_000
        let ended = windows.first { $0.isDay && $0.to <= evidence.now && evidence.now < $0.to.saturatingPlus(day) }
        return GateVerdict(
            true,
            FreezeWindows.free(at: evidence.now, of: windows.count, "freeze window")
                + (ended.map { "; one went until \($0.end)" } ?? ""))
    }

    /// That a moment lies in none of so many windows, in words that are true of none and of one as well.
    package static func free(at time: Nanoseconds, of count: Int, _ noun: String) -> String {
        switch count {
        case 0: "no \(noun) is set"
        case 1: "\(TimeText.seconds(time)) is outside the one \(noun)"
        default: "\(TimeText.seconds(time)) is in none of \(count) \(noun)s"
        }
    }
}
