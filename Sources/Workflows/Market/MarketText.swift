import Basics
import MarketData

/// A market file as people read it: each line that was concluded with what speaks for it.
enum MarketText {
    static func text(_ market: MarketSpec, _ inferences: [Inference]) -> String {
        var market = market.json
        market[key: "schemaVersion"] = .int(2)
        func comment(_ name: String) -> String {
            guard let found = inferences.last(where: { $0.name == name }) else { return "" }
            let share = "\(Int(saturating: (100 * found.confidence).rounded())) %"
            return "  # \(Escaping.terminal(found.evidence)) (\(share) sure)"
        }
        let names = ["stamp": "stampSide"]
        var lines: [String] = []
        for entry in market.mapValue ?? [] {
            if let inner = entry.value.mapValue {
                if !inner.isEmpty { lines.append("\(entry.key):") }
                for part in inner {
                    let value = part.value.text(.compact)
                    lines.append("  \(part.key): \(value)\(comment(names[part.key] ?? part.key))")
                }
            } else {
                let value = entry.value.stringValue ?? entry.value.text(.compact)
                lines.append("\(entry.key): \(value)\(comment(entry.key))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let mark = "# written by hftml data sniff, unchanged while its sum is "

    /// The text behind a line by which it is known again as long as nobody changed it.
    static func marked(_ text: String) -> String { "\(mark)\(Digest.sha256(text).prefix(16))\n\(text)" }

    /// Writes a marked text; over another file only where that was written so and not changed since.
    ///
    /// - Throws: ``Failure`` with code `data.exists`.
    static func write(_ text: String, to path: String, isForced: Bool) throws {
        if !isForced, Paths.exists(path) {
            let old = (try? FileChunks.text(path)) ?? ""
            let rest = old.firstIndex(of: "\n").map { String(old[old.index(after: $0)...]) } ?? ""
            guard old == marked(rest) else {
                throw Failure(
                    "data.exists", "found a file at '\(path)' that data sniff did not write, or that was changed since",
                    hint: "write to another name, or add --force to write over it")
            }
        }
        try AtomicFile.write(text, to: path)
    }
}
