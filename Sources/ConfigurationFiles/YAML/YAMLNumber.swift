import Basics

/// Numbers as YAML 1.2 writes them, with underscores between digits.
enum YAMLNumber {
    /// Digits beyond which a number is a text: nothing counts that far, and reading costs a square.
    private static let digitLimit = 4_300

    /// Nil for what is no number.
    static func value(of text: [UInt8]) -> JSONValue.Kind? {
        guard text.count <= digitLimit else { return nil }
        let isNegative = text.first == UInt8(ascii: "-")
        let body = isNegative || text.first == UInt8(ascii: "+") ? text[1...] : text[...]
        guard let first = body.first else { return nil }
        if first == UInt8(ascii: "0"), body.count > 1 {
            let rest = body.dropFirst(2)
            switch body[body.startIndex + 1] {
            case UInt8(ascii: "b"): return whole(rest, 2, isNegative)
            case UInt8(ascii: "o"): return whole(rest, 8, isNegative)
            case UInt8(ascii: "x"): return whole(rest, 16, isNegative)
            default: break
            }
        }
        return whole(body, 10, isNegative) ?? float(body, isNegative)
    }

    /// An integer of digits of a base, with underscores anywhere; nil when there is anything else, or no digit.
    static func whole(_ text: ArraySlice<UInt8>, _ radix: Int, _ isNegative: Bool) -> JSONValue.Kind? {
        var value = 0, hasOverflow = false, digits: [Int] = []
        for byte in text where byte != UInt8(ascii: "_") {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, digit < radix else { return nil }
            digits.append(digit)
            let (product, a) = value.multipliedReportingOverflow(by: radix)
            let (sum, b) = product.addingReportingOverflow(isNegative ? -digit : digit)
            hasOverflow = hasOverflow || a || b
            value = sum
        }
        guard !digits.isEmpty else { return nil }
        if !hasOverflow { return .integer(value) }
        return .bigInteger((isNegative ? "-" : "") + decimal(digits, radix))
    }

    /// The decimal digits of a number in another base. Quadratic in the digits, which are bounded.
    private static func decimal(_ digits: [Int], _ radix: Int) -> String {
        if radix == 10 { return String(decoding: digits.drop { $0 == 0 }.map { UInt8(48 + $0) }, as: UTF8.self) }
        // The last digit first.
        var out = [0]
        for digit in digits {
            var carry = digit
            for index in out.indices {
                let value = out[index] * radix + carry
                (out[index], carry) = (value % 10, value / 10)
            }
            while carry > 0 {
                out.append(carry % 10)
                carry /= 10
            }
        }
        return String(decoding: out.reversed().map { UInt8(48 + $0) }, as: UTF8.self)
    }

    /// `1.5`, `1.`, `1e3`, `.5`, `.5e+3`; the exponent of what begins with its point needs a sign.
    private static func float(_ body: ArraySlice<UInt8>, _ isNegative: Bool) -> JSONValue.Kind? {
        func digits(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            text.prefix { YAMLScalar.isDigit($0) || $0 == UInt8(ascii: "_") }
        }
        let before = digits(body)
        var rest = body.dropFirst(before.count), after: ArraySlice<UInt8> = []
        let hasPoint = rest.first == UInt8(ascii: ".")
        if hasPoint {
            rest = rest.dropFirst()
            after = digits(rest)
            rest = rest.dropFirst(after.count)
        }
        guard before.first != UInt8(ascii: "_"), !(before.isEmpty && after.isEmpty), hasPoint || !rest.isEmpty else {
            return nil
        }
        var exponent: ArraySlice<UInt8> = []
        if let mark = rest.first {
            guard mark | 32 == UInt8(ascii: "e") else { return nil }
            exponent = rest.dropFirst()
            let isSigned = exponent.first == UInt8(ascii: "+") || exponent.first == UInt8(ascii: "-")
            let count = exponent.dropFirst(isSigned ? 1 : 0)
            guard !count.isEmpty, count.allSatisfy(YAMLScalar.isDigit), isSigned || !before.isEmpty else { return nil }
        }
        let mantissa = (before + [UInt8(ascii: ".")] + after).filter { $0 != UInt8(ascii: "_") }
        guard mantissa.count > 1 else { return nil }
        let text = "0" + String(decoding: mantissa, as: UTF8.self) + "0"
        let power = exponent.isEmpty ? "" : "e" + String(decoding: exponent, as: UTF8.self)
        return Double((isNegative ? "-" : "") + text + power).map { .number($0) }
    }
}
