import Basics
import Documents
import Testing
import Workflows

@Suite struct QueryDocumentTests {
    /// One row, whose second value has everything in it that ends a cell somewhere.
    private static func document(_ form: QueryDocument.Form) throws -> QueryDocument {
        let project = try TestProject(.empty)
        let sql =
            "SELECT 1 AS n, 'a|b,\"' || char(769) || 'c' || char(13) || char(10) || '<d>' AS text, NULL AS gone"
        return QueryDocument(try QueryRegistry.run(sql, session: project.session), as: form)
    }

    @Test("CSV: a cell with a comma, a quotation mark or a line's end is quoted, as RFC 4180 asks")
    func csv() throws {
        let lines = ["n,text,gone", "1,\"a|b,\"\"\u{301}c\r\n<d>\","]
        #expect(try Self.document(.csv).text(.plain) == lines.joined(separator: "\n"))
    }

    @Test("Markdown: a cell stays one cell of one line")
    func markdown() throws {
        let lines = try Self.document(.markdown).text(.plain).split(separator: "\n")
        #expect(lines.count == 3 && lines[0] == "| n | text | gone |" && lines[1] == "|---|---|---|")
        #expect(lines[2] == "| 1 | a\\|b,\"\u{301}c\\u{D} &lt;d&gt; |  |")
    }

    @Test("JSON has the values as they are")
    func json() throws {
        let row = try Self.document(.table).json[path: "rows.0"]
        #expect(row?[key: "n"]?.intValue == 1 && row?[key: "gone"]?.isNull == true)
        let text = "a|b,\"\u{301}c\r\n<d>"
        #expect(row?[key: "text"]?.stringValue == text)
    }
}
