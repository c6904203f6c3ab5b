extension TextStyle {
    /// Lines for the screen: each broken at spaces where it is wider, its further lines indented by so much more than
    /// the first. A word that is wider than the screen has a line of its own.
    ///
    /// Without a width they stay as they are.
    package func wrapped(_ lines: String, indent: Int = 0) -> String {
        lines.split(separator: "\n", omittingEmptySubsequences: false).map { wrapped(line: String($0), indent) }
            .joined(separator: "\n")
    }

    private func wrapped(line paragraph: String, _ indent: Int) -> String {
        guard let width, DisplayWidth.columns(paragraph) > width else { return paragraph }
        let margin = paragraph.prefix { $0 == " " }
        let further = String(repeating: " ", count: margin.count + indent)
        let lines = TextWrap.lines(String(paragraph.dropFirst(margin.count)), width: width - further.count)
        return lines.enumerated().map { ($0.offset == 0 ? String(margin) : further) + $0.element }.joined(
            separator: "\n")
    }
}

extension TextStyle {
    /// Parts in one line where they fit, else a line each.
    package func paragraph(_ parts: [String], separator: String) -> String {
        let line = parts.joined(separator: separator)
        guard let width, DisplayWidth.columns(line) > width else { return line }
        return parts.map { wrapped($0, indent: 2) }.joined(separator: "\n")
    }

    /// A line that stays on the screen, one column short of its edge: cut with `…` where it is longer.
    package static func fitted(_ line: String, _ width: Int?) -> String {
        guard let width, width > 1, DisplayWidth.columns(line) >= width else { return line }
        return DisplayWidth.prefix(line, width - 2) + "…"
    }
}
