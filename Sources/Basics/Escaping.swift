/// Text from files, names and error messages, made safe for the place where it is shown: one function for each place.
///
/// Characters that draw nothing but move, hide or reorder what stands around them (control characters such as ESC,
/// marks of writing direction, byte order marks, separators of lines) are written out as `\u{1B}`, the same in all
/// places. Joiners, which some scripts need between letters, stay.
package enum Escaping {
    /// For the text and the attributes of HTML, SVG and XML. Newlines and tabs stay, they are plain space there.
    ///
    /// - Complexity: O(n).
    package static func html(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\n", "\t": out.unicodeScalars.append(scalar)
            default: append(scalar, to: &out)
            }
        }
        return out
    }

    /// For a cell, a list entry or a heading of Markdown as GitLab and GitHub draw it: no table, link, emphasis or HTML
    /// begins or ends in the text, and a newline is a space.
    package static func markdown(_ text: String) -> String {
        var out = "", before: Unicode.Scalar = " "
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            // Brackets alone are brackets; followed by these they are the text of a link.
            case "]" where index + 1 < scalars.count && "([:".unicodeScalars.contains(scalars[index + 1]):
                out += "\\]"
            case "|", "\\", "`", "*":
                out += "\\"
                out.unicodeScalars.append(scalar)
            // Inside a word an underscore is only itself.
            case "_" where !before.properties.isAlphabetic && before.properties.numericType == nil:
                out += "\\_"
            case "\n", "\t": out += " "
            default: append(scalar, to: &out)
            }
            before = scalar
        }
        return out
    }

    /// For a paragraph of Markdown: as ``markdown(_:)``, and its beginning makes no heading, list, rule or fence.
    package static func markdownParagraph(_ text: String) -> String {
        let safe = markdown(text).drop { $0 == " " }
        if let first = safe.first, "#+-=~_".contains(first) { return "\\" + safe }
        // A number with a mark behind it begins a list.
        let digits = safe.prefix { $0.isASCII && $0.isNumber }, rest = safe[digits.endIndex...]
        return !digits.isEmpty && (rest.first == "." || rest.first == ")") ? digits + "\\" + rest : String(safe)
    }

    /// For a label of a Mermaid chart, between double quotes: no HTML, quote or entity begins in the text.
    package static func mermaid(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "#": out += "#35;"
            case "&": out += "#amp;"
            case "<": out += "#lt;"
            case ">": out += "#gt;"
            case "\"": out += "#quot;"
            case "`": out += "#96;"
            case "\n", "\t": out += " "
            default: append(scalar, to: &out)
            }
        }
        return out
    }

    /// For code in Markdown, between backticks that are longer than any inside; `|` is escaped for tables.
    package static func markdownCode(_ text: String) -> String {
        var visible = "", run = 0, longest = 0
        for scalar in text.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
            switch scalar {
            case "|": visible += "\\|"
            case "\n", "\t": visible += " "
            default: append(scalar, to: &visible)
            }
        }
        let fence = String(repeating: "`", count: longest + 1)
        let space = longest > 0 ? " " : ""
        return fence + space + visible + space + fence
    }

    /// For a terminal.
    ///
    /// - Parameters:
    ///   - keepsLines: newlines and tabs stay; otherwise they are written out as `\n` and `\t`.
    ///   - keepsColor: sequences that set colours (SGR) stay, which move nothing.
    package static func terminal(_ text: String, keepsLines: Bool = false, keepsColor: Bool = false) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || keepsLines && ($0 == 0x0A || $0 == 0x09) }) { return text }
        var out = "", rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            if keepsColor, scalar.value == 0x1B, let end = endOfColor(rest) {
                out.unicodeScalars.append(contentsOf: rest[..<end])
                rest = rest[end...]
                continue
            }
            switch scalar {
            case "\n": out += keepsLines ? "\n" : "\\n"
            case "\t": out += keepsLines ? "\t" : "\\t"
            default: append(scalar, to: &out)
            }
            rest = rest.dropFirst()
        }
        return out
    }

    /// Where a sequence `ESC [ digits m` ends.
    private static func endOfColor(_ text: Substring.UnicodeScalarView) -> String.Index? {
        let body = text.dropFirst()
        guard body.first == "[" else { return nil }
        let after = body.dropFirst().drop { ("0"..."9").contains($0) || $0 == ";" }
        return after.first == "m" ? after.index(after: after.startIndex) : nil
    }

    private static func append(_ scalar: Unicode.Scalar, to out: inout String) {
        if movesText(scalar) {
            out += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        } else {
            out.unicodeScalars.append(scalar)
        }
    }

    private static func movesText(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value >= 0x20, scalar.value < 0x7F { return false }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return true
        case .format: return scalar.value != 0x200C && scalar.value != 0x200D
        default: return scalar.value & 0xFFFE == 0xFFFE
        }
    }
}
