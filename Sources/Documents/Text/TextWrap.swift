/// Breaks running text into lines.
package enum TextWrap {
    /// The words of a text in lines of at most `width` columns, each with `indent` in front; a longer word has a line
    /// of its own. Without a width the text stays on one line.
    package static func lines(_ text: String, width: Int?, indent: String = "") -> [String] {
        guard let width else { return [indent + text] }
        let room = max(width - indent.count, 20)
        var lines: [String] = [], current = ""
        for word in text.split(separator: " ") {
            if !current.isEmpty, current.count + 1 + word.count > room {
                lines.append(indent + current)
                current = ""
            }
            current += current.isEmpty ? String(word) : " \(word)"
        }
        return current.isEmpty ? lines : lines + [indent + current]
    }
}
