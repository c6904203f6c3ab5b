package import Basics
import MarketData
package import Workflows

/// Figures of a file of market data, read from front to end.
package struct DataDescriptionDocument: Document {
    private let outcome: DescribeData.Outcome

    package init(_ outcome: DescribeData.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        let instruments = outcome.instruments.map {
            JSONValue.map([
                "name": .string($0.name), "rows": .int($0.rows), "first": .string(TimeText.utc($0.first)),
                "last": .string(TimeText.utc($0.last)),
            ])
        }
        let columns = outcome.columns.map {
            JSONValue.map([
                "name": .string($0.name), "count": .int($0.count), "empty": .int($0.empty),
                "least": .string($0.least), "greatest": .string($0.greatest),
            ])
        }
        return .map([
            ("path", .string(outcome.path)), ("kind", .string(outcome.kind)),
            ("table", .string(outcome.table.rawValue)), ("rows", .int(outcome.rows)),
            ("first", .string(outcome.first.map { TimeText.utc($0) })),
            ("last", .string(outcome.last.map { TimeText.utc($0) })), ("digest", .string(outcome.digest)),
            ("instruments", .list(instruments)), ("columns", .list(columns)), ("notes", .strings(outcome.notes)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = [
            style.wrapped(
                Escaping.terminal(
                    "\(Paths.name(outcome.path)): \(outcome.kind), "
                        + "\(outcome.table.rawValue)"), indent: 2),
            style.wrapped("\(grouped(outcome.rows)) rows\(span)", indent: 2), "digest \(outcome.digest)",
        ]
        var names = TextTable(["instrument", "rows", "first", "last"], rightAligned: [1])
        for item in outcome.instruments.prefix(20) {
            names.add([item.name, grouped(item.rows), TimeText.utc(item.first), TimeText.utc(item.last)])
        }
        if !outcome.instruments.isEmpty { lines.append(names.text(style)) }
        if outcome.instruments.count > 20 {
            lines.append("… and \(grouped(outcome.instruments.count - 20)) more instruments (--json lists all)")
        }
        var columns = TextTable(["column", "values", "empty", "least", "greatest"], rightAligned: [1, 2, 3, 4])
        for item in outcome.columns {
            columns.add([
                item.name, grouped(item.count), grouped(item.empty), item.least ?? "", item.greatest ?? "",
            ])
        }
        lines.append(columns.text(style))
        lines += outcome.notes.map { style.wrapped(Escaping.terminal("note: \($0)"), indent: 2) }
        return lines.joined(separator: "\n")
    }

    private var span: String {
        guard let first = outcome.first, let last = outcome.last else { return "" }
        return " from \(TimeText.utc(first)) to \(TimeText.utc(last))"
    }
}
