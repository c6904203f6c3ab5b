import Basics

/// A piece of HTML that is safe to stand in a page: what came from outside went through ``Escaping/html(_:)``.
package struct HTML: Sendable, Equatable {
    package let source: String

    /// HTML that was made here; text from files and names goes through ``text(_:)``.
    package init(made source: String) { self.source = source }

    package static let empty = HTML(made: "")

    package static func text(_ text: String) -> HTML { HTML(made: Escaping.html(text)) }

    /// A cell that says the name of its column where cells stand under one another, on a narrow screen.
    static func named(_ column: String, _ text: String) -> HTML {
        HTML(made: "<span class=\"tag\">\(Escaping.html(column)): </span>\(Escaping.html(text))")
    }

    package static func paragraph(_ text: String) -> HTML { HTML(made: "<p>\(Escaping.html(text))</p>") }

    package static func + (a: HTML, b: HTML) -> HTML { HTML(made: a.source + b.source) }

    /// A table in a box of its own, which scrolls where the screen is narrower than the table.
    ///
    /// - Parameters:
    ///   - label: what the table holds, for people who do not see it.
    ///   - numeric: columns that are aligned right.
    ///   - style: a class of the style sheet; `rules` stands its cells under one another on a narrow screen, `sides`
    ///     breaks them so that all columns are seen.
    package static func table(
        _ label: String, _ header: [String], _ rows: [[HTML]], numeric: Set<Int> = [], style: String = ""
    ) -> HTML {
        func kind(_ column: Int) -> String { numeric.contains(column) ? " class=\"number\"" : "" }
        let head = header.enumerated().map { "<th scope=\"col\"\(kind($0.offset))>\(Escaping.html($0.element))</th>" }
        let body = rows.map { row in
            "<tr>" + row.enumerated().map { "<td\(kind($0.offset))>\($0.element.source)</td>" }.joined() + "</tr>"
        }
        return HTML(
            made: """
                <div class="scroll" tabindex="0" role="region" \
                aria-label="\(Escaping.html(label))"><table\(style.isEmpty ? "" : " class=\"\(style)\"")>
                <thead><tr>\(head.joined())</tr></thead>
                <tbody>
                \(body.joined(separator: "\n"))
                </tbody></table></div>
                """)
    }

    package static func table(_ label: String, _ header: [String], texts: [[String]], numeric: Set<Int> = []) -> HTML {
        table(label, header, texts.map { $0.map(HTML.text) }, numeric: numeric)
    }
}

extension [HTML] {
    package func joined(separator: String = "\n") -> HTML { HTML(made: map(\.source).joined(separator: separator)) }
}
