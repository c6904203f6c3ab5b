/// Breaks running text into lines.
package enum TextWrap {
    /// The words of a text in lines of at most `width` columns, each with `indent` in front; a longer word has a line
    /// of its own. Without a width the text stays on one line.
    package static func lines(_ text: String, width: Int?, indent: String = "") -> [String] {
        guard let width else { return [indent + text] }
        let room = max(width - DisplayWidth.columns(indent), min(width, 16))
        var lines: [String] = [], current = "", used = 0
        for word in text.split(separator: " ") {
            let columns = DisplayWidth.columns(word)
            if !current.isEmpty, used + 1 + columns > room {
                lines.append(indent + current)
                current = ""
            }
            used = current.isEmpty ? columns : used + 1 + columns
            current += current.isEmpty ? String(word) : " \(word)"
        }
        return current.isEmpty ? lines : lines + [indent + current]
    }
}
