import Basics
import Documents
import Testing

@Suite struct EscapingTests {
    @Test("characters that move or hide text are written out, the same in every place", arguments: HostileNames.moving)
    func moving(_ scalar: Unicode.Scalar) {
        let text = "a\(Character(scalar))b"
        let visible = "a\\u{\(String(scalar.value, radix: 16, uppercase: true))}b"
        #expect(Escaping.html(text) == visible)
        #expect(Escaping.markdown(text) == visible)
        #expect(Escaping.markdownCode(text) == "`\(visible)`")
        #expect(Escaping.terminal(text) == visible)
        #expect(Escaping.terminal(text, keepsLines: true) == visible)
    }

    @Test("letters of any script stay as they are, with the joiners that some need")
    func letters() {
        let text = "Zürich ✓ 日本 हिन्दी क्\u{200D}ष می\u{200C}خواهم é 👩\u{200D}🔬"
        #expect(Escaping.html(text) == text && Escaping.terminal(text) == text && Escaping.markdown(text) == text)
    }

    @Test("HTML: nothing ends a tag, an attribute or an entity")
    func html() {
        #expect(Escaping.html("</script>") == "&lt;/script&gt;")
        #expect(Escaping.html("\" onload='x' & &lt;") == "&quot; onload=&#39;x&#39; &amp; &amp;lt;")
        for name in HostileNames.all {
            let text = Escaping.html(name)
            #expect(!text.contains { "<>\"'".contains($0) }, "\(name)")
        }
    }

    @Test("Markdown: a cell stays one cell, a link is text, code ends where it should")
    func markdown() {
        #expect(Escaping.markdown("a|b") == "a\\|b")
        #expect(Escaping.markdown("a\nb") == "a b")
        #expect(Escaping.markdown("[x](http://example.com)") == "[x\\](http://example.com)")
        #expect(Escaping.markdown("0.1 [0.05 … 0.2]") == "0.1 [0.05 … 0.2]")
        #expect(Escaping.markdown("test_ic and _x_") == "test_ic and \\_x_")
        #expect(Escaping.markdown("<b>") == "&lt;b&gt;")
        #expect(Escaping.markdownCode("a`b|c") == "`` a`b\\|c ``")
        #expect(Escaping.markdownCode("plain") == "`plain`")
    }

    @Test("a terminal: lines and colours stay only where they are allowed")
    func terminal() {
        #expect(Escaping.terminal("a\nb\tc") == "a\\nb\\tc")
        #expect(Escaping.terminal("a\nb\tc", keepsLines: true) == "a\nb\tc")
        let painted = "\u{1B}[31mred\u{1B}[0m"
        #expect(Escaping.terminal(painted, keepsColor: true) == painted)
        #expect(Escaping.terminal(painted) == "\\u{1B}[31mred\\u{1B}[0m")
        #expect(Escaping.terminal("\u{1B}[2Jx\u{1B}[1;31", keepsColor: true) == "\\u{1B}[2Jx\\u{1B}[1;31")
        for name in HostileNames.all {
            #expect(!Escaping.terminal(name).unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, "\(name)")
        }
    }

    @Test("Markdown: a paragraph begins no heading, list, rule or fence, and its lines are one")
    func markdownParagraph() {
        #expect(Escaping.markdownParagraph("A small network (v1.2), 3 layers.") == "A small network (v1.2), 3 layers.")
        #expect(Escaping.markdownParagraph("x\n## Gate\n| all | passed |") == "x ## Gate \\| all \\| passed \\|")
        for (text, shown) in [
            ("# Gate", "\\# Gate"), ("  - item", "\\- item"), ("---", "\\---"), ("~~~", "\\~~~"),
            ("1. one", "1\\. one"),
            ("2) two", "2\\) two"), ("> quote", "&gt; quote"), ("```", "\\`\\`\\`"), ("2024 results", "2024 results"),
        ] {
            #expect(Escaping.markdownParagraph(text) == shown)
        }
    }

    @Test("Mermaid: no tag, quote or entity begins in a label")
    func mermaid() {
        #expect(Escaping.mermaid("features of bars (v1.2), 3 rows") == "features of bars (v1.2), 3 rows")
        #expect(
            Escaping.mermaid("<script>\"a\" & b;\n#lt;</script>")
                == "#lt;script#gt;#quot;a#quot; #amp; b; #35;lt;#lt;/script#gt;")
    }
}
