package import Basics
import Registry
package import Workflows

/// The rows of a query.
package struct QueryDocument: Document {
    package enum Form: Sendable { case table, csv, markdown }

    package let result: QueryRegistry.Result
    private let form: Form

    package init(_ result: QueryRegistry.Result, as form: Form = .table) { (self.result, self.form) = (result, form) }

    package var body: JSONValue {
        .map([
            "columns": .strings(result.columns),
            "rows": .list(result.rows.map { row in .map(zip(result.columns, row).map { ($0, $1) }) }),
        ])
    }

    private static func cell(_ value: JSONValue) -> String {
        value.isNull ? "" : value.stringValue ?? value.text(.compact)
    }

    package func text(_ style: TextStyle) -> String {
        let rows = result.rows.map { $0.map(QueryDocument.cell) }
        switch form {
        case .table:
            var table = TextTable(result.columns)
            for row in rows { table.add(row) }
            return table.text(style)
        case .csv:
            return ([result.columns] + rows).map { $0.map(QueryDocument.quoted).joined(separator: ",") }
                .joined(separator: "\n")
        case .markdown:
            let rule = "|\(String(repeating: "---|", count: result.columns.count))"
            let lines = ([result.columns] + rows).map { row in
                "| \(row.map(Escaping.markdown).joined(separator: " | ")) |"
            }
            return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
        }
    }

    /// As RFC 4180 asks; looked at by scalars, since a line's end or an accent joins the character before it.
    private static func quoted(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
        var out = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { out += "\"" }
            out.unicodeScalars.append(scalar)
        }
        return out + "\""
    }
}

/// The views that people may rely on.
package struct ViewsDocument: Document {
    package let views: [QueryRegistry.View]

    package init(_ views: [QueryRegistry.View]) { self.views = views }

    package var body: JSONValue {
        let views = views.map { view in
            JSONValue.map([
                "name": .string(view.name), "columns": .strings(view.columns), "about": .string(view.about),
                "example": .string(view.example),
            ])
        }
        return .map([("views", .list(views))])
    }

    package func text(_ style: TextStyle) -> String {
        views.map { view in
            let lines = [
                "\(view.name): \(view.about)", "    \(view.columns.joined(separator: ", "))", "    \(view.example)",
            ]
            return lines.map { style.wrapped($0, indent: 2) + "\n" }.joined()
        }.joined(separator: "\n")
    }
}
