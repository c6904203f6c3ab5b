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
}
