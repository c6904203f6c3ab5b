package import Basics
import MarketData
import Tables
package import Workflows

/// What a file of market data is, and its first rows.
package struct DataHeadDocument: Document {
    private let outcome: HeadData.Outcome

    package init(_ outcome: HeadData.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        let rows = outcome.rows
        let list = (0..<rows.rowCount).map { row in
            JSONValue.map(
                zip(rows.fields, rows.columns).map { field, column in
                    let text = ColumnText.cell(column, field.type, row)
                    return (field.name, column.validity[row] ? JSONValue.string(text) : JSONValue.null)
                })
        }
        return .map([
            ("path", .string(outcome.path)), ("kind", .string(outcome.kind)),
            ("tables", .strings(outcome.tables.map(\.rawValue))), ("table", .string(outcome.shown.rawValue)),
            ("notes", .strings(outcome.notes)), ("rows", .list(list)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let title = "\(Paths.name(outcome.path)): \(outcome.kind)"
        let others = outcome.tables.filter { $0 != outcome.shown }.map { "--table \($0.rawValue)" }
        let more = others.isEmpty ? "" : " (also: \(others.joined(separator: ", ")))"
        var parts = [style.wrapped(Escaping.terminal("\(title), \(outcome.shown.rawValue)\(more)"), indent: 2)]
        parts.append(table.text(style))
        parts += outcome.notes.map { style.wrapped(Escaping.terminal("note: \($0)"), indent: 2) }
        return parts.joined(separator: "\n")
    }

    /// Columns without any value in these rows, and where the rows come from, are left out: they would push what people
    /// look for off the screen.
    private var table: TextTable {
        let rows = outcome.rows
        let shown = rows.fields.indices.filter { index in
            rows.fields[index].name != "file" && (0..<rows.rowCount).contains { rows.columns[index].validity[$0] }
        }
        let names = shown.map { rows.fields[$0].name }
        let numbers = Set(shown.indices.filter { rows.fields[shown[$0]].type != .text })
        var table = TextTable(names, rightAligned: numbers)
        for row in 0..<rows.rowCount {
            table.add(shown.map { ColumnText.cell(rows.columns[$0], rows.fields[$0].type, row) })
        }
        return table
    }
}
