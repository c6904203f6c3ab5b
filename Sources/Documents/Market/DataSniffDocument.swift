package import Basics
import MarketData
package import Workflows

/// What files of market data were found to be, and the market file that reads them.
package struct DataSniffDocument: Document {
    private let outcome: SniffData.Outcome

    package init(_ outcome: SniffData.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        let files = outcome.files.map {
            JSONValue.map([("path", .string($0.path)), ("kind", .string($0.kind)), ("rows", .int($0.rows))])
        }
        let inferences = outcome.inferences.map {
            JSONValue.map([
                ("name", .string($0.name)), ("value", .string($0.value)), ("evidence", .string($0.evidence)),
                ("confidence", .double($0.confidence)),
            ])
        }
        return .map([
            ("files", .list(files)), ("market", outcome.market.json), ("inferences", .list(inferences)),
            ("notes", .strings(outcome.notes)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = outcome.files.map {
            style.wrapped(
                Escaping.terminal("\(Paths.name($0.path)): \($0.kind), \(grouped($0.rows)) rows"), indent: 2)
        }
        var table = TextTable(["found", "value", "sure", "because"], rightAligned: [2])
        for item in outcome.inferences {
            table.add([item.name, item.value, "\(fixed(100 * item.confidence, 0)) %", item.evidence])
        }
        if !outcome.inferences.isEmpty { lines.append(table.text(style)) }
        lines += outcome.notes.map { style.wrapped(Escaping.terminal("note: \($0)"), indent: 2) }
        return lines.joined(separator: "\n")
    }
}
