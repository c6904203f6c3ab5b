import Basics
import Documents
import Testing

/// What people read fits their terminal: no line of a document is wider than the screen.
@Suite struct TerminalWidthTests {
    /// No line is wider than the screen as the screen counts, codes of colours aside. One word that is wider than it (a
    /// digest, a path, a URL) stands over on a line of its own, since people copy it: behind it may only be the margin
    /// of its line, such as the branches of a tree.
    static func check(_ document: some Document, _ columns: Int) throws {
        let text = document.text(TextStyle(width: columns, hasColor: true))
            .replacing(/\u{1B}\[[0-9;]*m/, with: "")
        for line in text.split(separator: "\n") where DisplayWidth.columns(line) > columns {
            let words = line.split { " │├└─".contains($0) }
            #expect(words.count == 1, "\(DisplayWidth.columns(line)) columns: \(line)")
        }
        #expect(!text.isEmpty)
    }

    @Test(
        "no line is wider than 60, 80 or 200 columns, except for one word that cannot be broken",
        arguments: SampleDocuments.golden + SampleDocuments.records)
    func fits(_ name: String) throws {
        for columns in [60, 80, 200] { try Self.check(try SampleDocuments.named(name), columns) }
    }

    @Test("without a width no line is broken: a table has a line a row")
    func unlimited() throws {
        let rows = try SampleDocuments.named("run-list").text(.plain).split(separator: "\n")
        let runs = try SampleDocuments.named("run-list").body[key: "runs"]?.listValue?.count ?? 0
        #expect(runs > 3 && rows.count == runs + 2)
    }
}
