import Basics
import ConfigurationFiles

/// Texts: plain or in quotes, folded where DVC folds them.
extension YAMLWriter {
    private static let width = 80

    enum Style {
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

    static func writeString(_ text: String, continuation: Int, canFold: Bool, to out: inout Output) {
        let style = style(of: text)
        let scalars = Array(text.unicodeScalars)
        for folding in canFold ? Folding.allCases : [.none] {
            // The scalar alone, at the column where it will stand.
            var part = Output(shared: out.shared)
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

    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
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
}
