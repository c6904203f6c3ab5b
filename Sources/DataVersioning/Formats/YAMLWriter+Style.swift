/// Which texts may stand plain.
extension YAMLWriter {
    static func style(of text: String) -> Style {
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
