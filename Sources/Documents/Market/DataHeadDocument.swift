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
        let shown = HeadColumns(outcome.rows)
        let others = outcome.tables.filter { $0 != outcome.shown }.map { "--table \($0.rawValue)" }
        let more = others.isEmpty ? "" : " (also: \(others.joined(separator: ", ")))"
        let title = "\(Paths.name(outcome.path)): \(outcome.kind), \(outcome.shown.rawValue)"
        func line(_ text: String) -> String { style.wrapped(Escaping.terminal(text), indent: 2) }
        let (table, left) = shown.table(width: style.tableWidth)
        var parts = [line(title + (shown.instrument.map { " of \($0)" } ?? "") + more), table.text(style)]
        parts += shown.remarks.map(line)
        if !left.isEmpty { parts.append(line("more columns (--json has all): \(left.joined(separator: ", "))")) }
        parts += outcome.notes.map { line("note: \($0)") }
        return parts.joined(separator: "\n")
    }
}
