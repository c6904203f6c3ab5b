import Documents
import Testing

@Suite struct PageTests {
    private static func page(_ name: String) -> Page {
        Page(
            title: name, verdict: .init(.bad, "\(name) fails"), facts: ["about \(name)"],
            sections: [
                .init(name, .table(name, ["a", name], texts: [[name, "1"]], numeric: [1])),
                .init(
                    "plot",
                    LinePlot([.init(name, [(0, 1), (1, 2)]), .init("B", [(0, 2)])], x: name, y: name, scale: .number)
                        .wide),
            ])
    }

    @Test("a page has language, viewport, one style sheet for light and dark, and nothing from elsewhere")
    func frame() {
        let html = Self.page("m/1").html
        #expect(html.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
        #expect(html.contains("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"))
        #expect(html.contains("@media(prefers-color-scheme:dark)"))
        let markup = Markup(html)
        #expect(markup.problems == [], "\(markup.problems)")
        #expect(markup.count("style") == 1 && markup.count("h1") == 1 && markup.count("main") == 1)
        for name in ["script", "link", "img", "iframe", "object"] { #expect(markup.count(name) == 0, "\(name)") }
        #expect(!html.contains("http") && !html.contains("url(") && !html.contains("@import"))
    }

    @Test("the verdict is the headline; without one the title is")
    func headline() {
        #expect(Self.page("m/1").html.contains("<p class=\"title\">m/1</p>\n<h1 class=\"bad\">m/1 fails</h1>"))
        #expect(Page(title: "runs").html.contains("<h1>runs</h1>"))
    }

    @Test("a table scrolls in its own box and has headings")
    func tables() {
        let html = HTML.table("rules", ["rule", "n"], texts: [["a", "1"]], numeric: [1]).source
        #expect(html.contains("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"rules\"><table>"))
        #expect(html.contains("<th scope=\"col\">rule</th><th scope=\"col\" class=\"number\">n</th>"))
        #expect(html.contains("<tr><td>a</td><td class=\"number\">1</td></tr>"))
    }

    @Test("a hostile name is text wherever it stands", arguments: HostileNames.all)
    func hostile(_ name: String) {
        let html = Self.page(name).html, markup = Markup(html), plain = Markup(Self.page("m").html)
        #expect(markup.problems == [], "\(markup.problems)")
        #expect(markup.tags.map(\.name) == plain.tags.map(\.name))
        let moving = Set(HostileNames.moving)
        #expect(!html.unicodeScalars.contains { moving.contains($0) })
    }
}
