package import Basics
import ConfigurationFiles

/// Writes `.dvc` and lock files in DVC's own layout, byte for byte, so that both tools may touch the same file without
/// noise in Git. Rules: dvc-compat specification, section 2.
///
/// Block style, lists not indented inside maps, width 80, no document markers. Where DVC's folding does not read back
/// (its faults with escapes and double spaces near the margin), the scalar is written unfolded instead.
package enum YAMLWriter {
    private static let width = 80

    /// - Parameter indent: where a map begins, for a part of a larger document.
    package static func text(_ value: JSONValue, indent: Int = 0) -> String {
        var out = Output()
        switch value.kind {
        case .map(let entries) where !entries.isEmpty: writeMap(entries, indent: indent, to: &out)
        case .list(let items) where !items.isEmpty: writeList(items, indent: 0, to: &out)
        default:
            writeScalar(value, continuation: 0, to: &out)
            out.newline()
        }
        return out.text
    }

    private struct Output {
        var text = ""
        /// Code points since the last line break.
        var column = 0

        mutating func write(_ part: String) {
            text += part
            column += part.unicodeScalars.count
        }

        mutating func newline() {
            text += "\n"
            column = 0
        }

        mutating func breakLine(_ indent: Int) {
            newline()
            write(String(repeating: " ", count: indent))
        }
    }

    // MARK: Structure

    private static func writeMap(
        _ entries: [JSONValue.Entry], indent: Int, isInline: Bool = false, to out: inout Output
    ) {
        for (index, entry) in entries.enumerated() {
            if index > 0 || !isInline { out.write(String(repeating: " ", count: indent)) }
            writeString(entry.key, continuation: indent + 2, canFold: false, to: &out)
            out.write(":")
            switch entry.value.kind {
            case .map(let inner) where !inner.isEmpty:
                out.newline()
                writeMap(inner, indent: indent + 2, to: &out)
            case .list(let items) where !items.isEmpty:
                out.newline()
                writeList(items, indent: indent, to: &out)
            case .null: out.newline()
            default:
                out.write(" ")
                writeScalar(entry.value, continuation: indent + 2, to: &out)
                out.newline()
            }
        }
    }

    private static func writeList(_ items: [JSONValue], indent: Int, isInline: Bool = false, to out: inout Output) {
        for (index, item) in items.enumerated() {
            if index > 0 || !isInline { out.write(String(repeating: " ", count: indent)) }
            out.write("- ")
            switch item.kind {
            case .map(let inner) where !inner.isEmpty: writeMap(inner, indent: indent + 2, isInline: true, to: &out)
            case .list(let inner) where !inner.isEmpty: writeList(inner, indent: indent + 2, isInline: true, to: &out)
            case .null: out.newline()
            default:
                writeScalar(item, continuation: indent + 2, to: &out)
                out.newline()
            }
        }
    }

    private static func writeScalar(_ value: JSONValue, continuation: Int, to out: inout Output) {
        switch value.kind {
        case .null: break
        case .bool(let flag): out.write(flag ? "true" : "false")
        case .integer(let number): out.write(String(number))
        case .bigInteger(let digits): out.write(digits)
        case .number(let number):
            out.write(number.isNaN ? ".nan" : number.isInfinite ? (number < 0 ? "-.inf" : ".inf") : number.pythonText)
        case .string(let text): writeString(text, continuation: continuation, canFold: true, to: &out)
        case .list: out.write("[]")
        case .map: out.write("{}")
        }
    }

    // MARK: Strings

    private enum Style {
        case plain, single, double
    }

    /// How lines that are too long are broken.
    private enum Folding: CaseIterable {
        /// As DVC does.
        case asDVC
        /// The same, but a break right after an escape always ends in a backslash.
        case carefulAfterEscapes
        case none
    }

    private static func writeString(_ text: String, continuation: Int, canFold: Bool, to out: inout Output) {
        let style = style(of: text)
        let scalars = Array(text.unicodeScalars)
        for folding in canFold ? Folding.allCases : [.none] {
            // The scalar alone, at the column where it will stand.
            var part = Output()
            part.column = out.column
            switch style {
            case .plain: emitPlain(scalars, continuation, folding != .none, &part)
            case .single: emitSingle(scalars, continuation, folding != .none, &part)
            case .double: emitDouble(scalars, continuation, folding, &part)
            }
            // What is folded must read back; the last way does not fold.
            let isFolded = part.text.utf8.contains(UInt8(ascii: "\n"))
            if !isFolded || (try? YAMLFile.parse("k: \(part.text)\n", file: "probe"))?[key: "k"]?.stringValue == text {
                out.text += part.text
                out.column = part.column
                return
            }
        }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    private static func emitPlain(_ text: [Unicode.Scalar], _ continuation: Int, _ canFold: Bool, _ out: inout Output) {
        var index = 0
        while index < text.count {
            let isSpace = text[index] == " "
            var end = index
            while end < text.count, (text[end] == " ") == isSpace { end += 1 }
            if isSpace {
                if canFold, end - index == 1, out.column >= width {
                    out.breakLine(continuation)
                } else {
                    out.write(string(text[index..<end]))
                }
            } else {
                if canFold, out.column + end - index > width, out.column > continuation { out.breakLine(continuation) }
                out.write(string(text[index..<end]))
            }
            index = end
        }
    }

    private static func emitSingle(_ text: [Unicode.Scalar], _ continuation: Int, _ canFold: Bool, _ out: inout Output)
    {
        out.write("'")
        var index = 0
        while index < text.count {
            if text[index] == " " {
                var end = index
                while end < text.count, text[end] == " " { end += 1 }
                if canFold, end - index == 1, out.column > width, index != 0, end != text.count {
                    out.breakLine(continuation)
                } else {
                    out.write(string(text[index..<end]))
                }
                index = end
            } else {
                out.write(text[index] == "'" ? "''" : String(text[index]))
                index += 1
            }
        }
        out.write("'")
    }

    private static let escapes: [Unicode.Scalar: String] = [
        "\0": "0", "\u{7}": "a", "\u{8}": "b", "\t": "t", "\n": "n", "\u{b}": "v", "\u{c}": "f", "\r": "r",
        "\u{1b}": "e",
        "\"": "\"", "\\": "\\", "\u{85}": "N", "\u{a0}": "_", "\u{2028}": "L", "\u{2029}": "P",
    ]

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x22, 0x5C, 0x85, 0x2028, 0x2029, 0xFEFF: false
        case 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        if let short = escapes[scalar] { return "\\" + short }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        func padded(_ n: Int) -> String { String(repeating: "0", count: n - digits.count) + digits }
        return scalar.value <= 0xFF ? "\\x" + padded(2) : scalar.value <= 0xFFFF ? "\\u" + padded(4) : "\\U" + padded(8)
    }

    private static func emitDouble(
        _ text: [Unicode.Scalar], _ continuation: Int, _ folding: Folding, _ out: inout Output
    ) {
        out.write("\"")
        var start = 0
        var i = 0
        while i <= text.count {
            let scalar = i < text.count ? text[i] : nil
            if scalar == nil || !isPrintable(scalar ?? " ") {
                if start < i {
                    out.write(string(text[start..<i]))
                    start = i
                }
                if let scalar {
                    out.write(escape(scalar))
                    start = i + 1
                }
            }
            if folding != .none, i > 0, i < text.count - 1, scalar == " " || start >= i, out.column + i - start > width
            {
                let isBare = isBareBreak(text, at: i, start: start) && (folding == .asDVC || start <= i)
                if start < i {
                    out.write(string(text[start..<i]))
                    start = i
                }
                if !isBare { out.write("\\") }
                out.breakLine(continuation)
                if start < text.count, text[start] == " " {
                    if isBare { start += 1 } else { out.write("\\") }
                }
            }
            i += 1
        }
        out.write("\"")
    }

    private static func isBareBreak(_ text: [Unicode.Scalar], at i: Int, start: Int) -> Bool {
        guard let j = text[i...].firstIndex(where: { $0 == " " || $0 == "\n" }), j + 1 < text.count else {
            return false
        }
        return !text[i..<j].contains { $0 == "\"" || $0 == "'" } && text[j + 1] != " " && text[j + 1] != "\n"
            && !(text[i - 1] == " " && text[i] == " ") && start != i
    }

    // MARK: Choice of style

    private static func style(of text: String) -> Style {
        let scalars = Array(text.unicodeScalars)
        if canBePlain(text, scalars) { return .plain }
        if scalars.contains("'") || scalars.contains("\n") { return .double }
        let hasSpecial = scalars.contains { !isPrintable($0) && $0 != "\"" && $0 != "\\" }
        return hasSpecial ? .double : .single
    }

    private static func canBePlain(_ text: String, _ scalars: [Unicode.Scalar]) -> Bool {
        guard let first = scalars.first, let last = scalars.last, !looksLikeAnotherType(text) else { return false }
        if first == " " || last == " " || text.hasPrefix("---") || text.hasPrefix("...") { return false }
        if "#,[]{}&*!|>'\"%@`".unicodeScalars.contains(first) { return false }
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            if scalar.value == 0xA0 || !isPrintable(scalar) && scalar != "\"" && scalar != "\\" {
                if scalar.value != 0xA0 { return false }
            }
            if index == 0, "-?:".unicodeScalars.contains(scalar), next == nil || next == " " { return false }
            if scalar == ":", next == nil || next == " " { return false }
            if scalar == "#", index > 0, scalars[index - 1] == " " { return false }
        }
        return true
    }

    /// Whether a plain scalar would read back as something else than text.
    private static func looksLikeAnotherType(_ text: String) -> Bool {
        if ["", "~", "null", "Null", "NULL", "=", "<<"].contains(text) { return true }
        if ["true", "True", "TRUE", "false", "False", "FALSE"].contains(text) { return true }
        return text.wholeMatch(of: integer) != nil || text.wholeMatch(of: float) != nil
            || text.wholeMatch(of: date) != nil
    }

    nonisolated(unsafe) private static let integer = /[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+/
    nonisolated(unsafe) private static let float =
        #/
          [-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?
        | [-+]?[0-9][0-9_]*[eE][-+]?[0-9]+
        | [-+]?\.[0-9_]+([eE][-+][0-9]+)?
        | [-+]?\.(inf|Inf|INF)
        | \.(nan|NaN|NAN)
        /#
    nonisolated(unsafe) private static let date =
        #/
          [0-9]{4}-[0-9]{2}-[0-9]{2}
        | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} ([Tt]|[\x20\t]+) [0-9]{1,2}:[0-9]{2}:[0-9]{2} (\.[0-9]*)?
          ([\x20\t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?
        /#
}
