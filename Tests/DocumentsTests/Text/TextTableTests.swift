import Documents
import Testing

@Suite struct TextTableTests {
    @Test(
        "a column is as wide as the screen shows its cells",
        arguments: [
            ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("한", 2), ("👩\u{200D}🔬", 2), ("ｆ", 2), ("Ω", 1), ("…", 1), ("", 0),
        ])
    func columns(_ text: String, _ width: Int) { #expect(DisplayWidth.columns(text) == width) }

    @Test("cells are aligned, numbers right, wide letters counted as they are drawn")
    func aligned() {
        var table = TextTable(["name", "n"], rightAligned: [1])
        table.add(["日本", "7"])
        table.add(["abcdef", "12"])
        #expect(table.text == "name     n\n──────────\n日本     7\nabcdef  12")
    }

    private static func sample() -> TextTable {
        var table = TextTable(["run", "what it is", "started", "loss", "note"], rightAligned: [3])
        table.add([
            "3f2a91cc", "a very long description of the first of all models", "2026-11-26T07:58:53Z", "0.693147",
            "words that go on and on until the line has no room for them any more",
        ])
        table.add(["91cc0001", "short", "2026-11-26T08:00:00Z", "-12.5", ""])
        return table
    }

    @Test("without a width nothing is cut")
    func unlimited() {
        let text = Self.sample().text
        #expect(text.contains("a very long description of the first of all models"))
        #expect(text.split(separator: "\n").count == 4)
    }

    @Test("where lines may be of any length, tables keep to the width of tables")
    func piped() {
        let style = TextStyle(tableWidth: 80), text = Self.sample().text(style)
        for line in text.split(separator: "\n") { #expect(DisplayWidth.columns(line) <= 80, "\(line)") }
        #expect(style.width == nil && TextStyle(width: 100).tableWidth == 100 && TextStyle.plain.tableWidth == nil)
    }

    @Test("with a width every line fits, and what people copy is whole", arguments: [44, 60, 80, 100, 140])
    func fits(_ width: Int) {
        let text = Self.sample().text(TextStyle(width: width))
        #expect(!text.split(separator: "\n", omittingEmptySubsequences: false).contains(""), "\(text)")
        for line in text.split(separator: "\n") { #expect(DisplayWidth.columns(line) <= width, "\(line)") }
        for whole in ["3f2a91cc", "2026-11-26T07:58:53Z", "0.693147", "-12.5", "91cc0001"] {
            #expect(text.contains(whole), "\(whole) at \(width):\n\(text)")
        }
        // The last column wraps: no word of it is lost.
        for word in ["go", "room", "more"] { #expect(text.contains(word), "\(word) at \(width):\n\(text)") }
    }

    @Test("prose is elided before a row folds")
    func elides() {
        let text = Self.sample().text(TextStyle(width: 100))
        #expect(text.contains("…") && text.split(separator: "\n")[2].hasPrefix("3f2a91cc"))
        let narrow = Self.sample().text(TextStyle(width: 50)).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(narrow[0].hasPrefix("run") && narrow[1].hasPrefix("    "), "\(narrow)")
    }

    @Test("columns that wrap lose nothing, and stand beside each other")
    func wraps() {
        var table = TextTable(["differs", "A", "B"], wrapped: [1, 2])
        table.add(["windows", "windows of 12, 24468 training", "windows of 10, 25284 training"])
        table.add(["file", "a/long/path/to/somewhere/else", "–"])
        let text = table.text(TextStyle(width: 34))
        for line in text.split(separator: "\n") { #expect(DisplayWidth.columns(line) <= 34, "\(line)") }
        for word in ["12,", "24468", "10,", "25284"] { #expect(text.contains(word), "\(text)") }
        #expect(!text.contains("…"), "\(text)")
    }

    @Test("what people copy stands over where it is wider than the screen; the words beside it do not")
    func standsOver() {
        var table = TextTable([])
        let digest = String(repeating: "0123456789abcdef", count: 4)
        table.add(["data", digest])
        table.add(["tool", "hftml with words enough to be wider than any screen of sixty columns has room for"])
        let lines = table.text(TextStyle(width: 60)).split(separator: "\n")
        #expect(lines.filter { DisplayWidth.columns($0) > 60 }.map(String.init) == ["    " + digest])
        #expect(lines.map { $0.trimmingPrefix { $0 == " " } }.joined(separator: " ").contains("columns has room for"))
        // The rule below a header stays inside.
        var titled = TextTable(["digest"])
        titled.add([digest])
        #expect(titled.text(TextStyle(width: 60)).split(separator: "\n")[1].count == 60)
    }

    @Test("a hostile cell is one cell in one line", arguments: HostileNames.all)
    func hostile(_ name: String) {
        var table = TextTable(["name", "n"])
        table.add([name, "1"])
        let text = table.text
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 3)
        #expect(!text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E || $0.value == 0x200F })
    }

    @Test("a bar is as wide as it is told", arguments: [-1, 0, 0.013, 0.5, 0.999, 1, 7, Double.nan])
    func bar(_ share: Double) { #expect(TextBar.text(share, width: 10).count == 10) }

    @Test("a progress line stays one column short of the screen's edge", arguments: [10, 40, 80])
    func progress(_ width: Int) {
        let line = "epoch 3/40  loss 0.69310  val 0.69301  日本 1234 samples/s"
        #expect(DisplayWidth.columns(TextStyle.fitted(line, width)) < width)
        #expect(TextStyle.fitted("short", 80) == "short" && TextStyle.fitted(line, nil) == line)
    }

    @Test("a paragraph breaks at spaces, further lines indented")
    func paragraphs() {
        let style = TextStyle(width: 24)
        #expect(style.wrapped("  one two three four five six", indent: 2) == "  one two three four\n    five six")
        #expect(TextStyle.plain.wrapped("one two three four five six") == "one two three four five six")
    }
}
