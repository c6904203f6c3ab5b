import Basics

/// What a bare word of TOML means.
enum TOMLScalar {
    /// Nil for what is no value. Dates and times stay texts: no parameter of DVC may hold one.
    static func value(_ word: [UInt8]) -> JSONValue.Kind? {
        let text = String(decoding: word, as: UTF8.self)
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "inf", "+inf": return .number(.infinity)
        case "-inf": return .number(-.infinity)
        case "nan", "+nan", "-nan": return .number(.nan)
        default: break
        }
        if isTime(word) { return .string(text) }
        guard hasGoodUnderscores(word) else { return nil }
        let isSigned = word.first == UInt8(ascii: "+") || word.first == UInt8(ascii: "-")
        let body = word[(isSigned ? 1 : 0)...]
        guard let first = body.first, YAMLScalar.isDigit(first) else { return nil }
        let digits = body.prefix { YAMLScalar.isDigit($0) || $0 == UInt8(ascii: "_") }
        if first == UInt8(ascii: "0"), digits.count == 1, body.count > 2, let prefix = body.dropFirst().first,
            [UInt8(ascii: "x"), UInt8(ascii: "o"), UInt8(ascii: "b")].contains(prefix)
        {
            return isSigned ? nil : YAMLNumber.value(of: word).flatMap { isWhole($0) ? $0 : nil }
        }
        // 07 is no number, 0 and 0.5 are.
        guard first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
        if digits.count == body.count { return YAMLNumber.value(of: word) }
        guard isFraction(body.dropFirst(digits.count)) else { return nil }
        return YAMLNumber.value(of: word.filter { $0 != UInt8(ascii: "_") })
    }

    private static func isWhole(_ kind: JSONValue.Kind) -> Bool {
        switch kind {
        case .integer, .bigInteger: true
        default: false
        }
    }

    /// An underscore stands between two digits.
    private static func hasGoodUnderscores(_ word: [UInt8]) -> Bool {
        func isDigit(_ index: Int) -> Bool {
            word.indices.contains(index) && Character(UnicodeScalar(word[index])).isHexDigit
        }
        return word.indices.allSatisfy { word[$0] != UInt8(ascii: "_") || isDigit($0 - 1) && isDigit($0 + 1) }
    }

    /// `.5`, `e3`, `.5e-3`: digits on both sides of the point.
    private static func isFraction(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        func digits() -> Int { rest.prefix { YAMLScalar.isDigit($0) || $0 == UInt8(ascii: "_") }.count }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let count = digits()
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        guard let mark = rest.first else { return true }
        guard mark | 32 == UInt8(ascii: "e") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        return digits() > 0 && digits() == rest.count
    }

    /// `2020-01-01`, `10:00:00.5`, or both with a `T` or a space between, and an offset after.
    private static func isTime(_ word: [UInt8]) -> Bool {
        var rest = word[...]
        func take(_ pattern: StaticString) -> Bool {
            let count = pattern.utf8CodeUnitCount
            guard rest.count >= count else { return false }
            let fits = pattern.withUTF8Buffer { wanted in
                zip(rest, wanted).allSatisfy { $1 == UInt8(ascii: "d") ? YAMLScalar.isDigit($0) : $0 | 32 == $1 | 32 }
            }
            if fits { rest = rest.dropFirst(count) }
            return fits
        }
        let hasDate = take("dddd-dd-dd")
        if hasDate {
            if rest.isEmpty { return true }
            guard take("T") || take(" ") else { return false }
        }
        guard take("dd:dd:dd") else { return false }
        if take(".") {
            let count = rest.prefix(while: YAMLScalar.isDigit).count
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        if rest.isEmpty { return true }
        return hasDate && (take("Z") || take("+dd:dd") || take("-dd:dd")) && rest.isEmpty
    }
}
