import Basics

/// A report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere.
///
/// All pages are of one family: the verdict is the headline, then what it rests on, then sections with plots and
/// tables. They read in light and dark, and on a telephone.
package struct Page: Sendable {
    /// The answer that the page gives, as its headline.
    package struct Verdict: Sendable {
        package enum Kind: String, Sendable { case good, bad, open, plain }
        package let kind: Kind
        package let text: String

        package init(_ kind: Kind, _ text: String) {
            self.kind = kind
            self.text = text
        }
    }

    package struct Section: Sendable {
        package let heading: String
        package let content: HTML

        package init(_ heading: String, _ content: HTML) {
            self.heading = heading
            self.content = content
        }
    }

    /// What the page is about; the name of the browser's tab.
    package var title: String
    /// Nil where the page shows and does not judge; then the title is the headline.
    package var verdict: Verdict?
    /// A sentence each, under the headline.
    package var facts: [String]
    package var sections: [Section]

    package init(title: String, verdict: Verdict? = nil, facts: [String] = [], sections: [Section] = []) {
        self.title = title
        self.verdict = verdict
        self.facts = facts
        self.sections = sections
    }

    /// The whole file.
    package var html: String {
        let name = Escaping.html(title)
        let headline =
            verdict.map {
                "<p class=\"title\">\(name)</p>\n<h1 class=\"\($0.kind.rawValue)\">\(Escaping.html($0.text))</h1>"
            } ?? "<h1>\(name)</h1>"
        let parts = sections.enumerated().map { index, section in
            """
            <section aria-labelledby="part-\(index + 1)">
            <h2 id="part-\(index + 1)">\(Escaping.html(section.heading))</h2>
            \(section.content.source)
            </section>
            """
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(name)</title>
            <style>
            \(StyleSheet.text)
            </style>
            </head>
            <body>
            <header>
            \(headline)
            \(facts.map { HTML.paragraph($0).source }.joined(separator: "\n"))
            </header>
            <main>
            \(parts.joined(separator: "\n"))
            </main>
            </body>
            </html>

            """
    }
}
