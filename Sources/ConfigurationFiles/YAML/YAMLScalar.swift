import Basics

/// What one scalar means: by its tag, or, where it stands plain, by how it looks. YAML 1.2 as ruamel.yaml, DVC's
/// reader, has it: `yes` and `12:30` are texts, `012` is 12, `0o7` is 7, `1_000` is 1000, `1e3` is a number, `.5e3` a
/// text.
enum YAMLScalar {
    private static let prefix = "tag:yaml.org,2002:"
    static let mergeTag = prefix + "merge"

    /// - Throws: ``ConfigError`` for a tag that is unknown or does not fit.
    static func value(_ text: String, isPlain: Bool, tag: String?, at mark: SourceMark) throws -> JSONValue.Kind {
        guard let tag else { return isPlain ? resolve(text) : .string(text) }
        func misfit(_ expected: String) -> ConfigError {
            ConfigError("found '\(text)' with the tag of \(expected)", at: mark, code: "yaml.syntax")
        }
        switch tag {
        case prefix + "str", mergeTag: return .string(text)
        case prefix + "null": return .null
        case prefix + "int":
            switch resolve(text) {
            case .integer(let value): return .integer(value)
            case .bigInteger(let digits): return .bigInteger(digits)
            default: throw misfit("an integer")
            }
        case prefix + "float":
            if text.utf8.contains(where: { $0 == UInt8(ascii: "x") || $0 == UInt8(ascii: "o") }) {
                throw misfit("a number")
            }
            guard let value = JSONValue(resolve(text)).doubleValue else { throw misfit("a number") }
            return .number(value)
        case prefix + "bool":
            switch text.lowercased() {
            case "true", "yes", "y", "on": return .bool(true)
            case "false", "no", "n", "off": return .bool(false)
            default: throw misfit("a boolean")
            }
        case prefix + "timestamp":
            guard isDate(text) else { throw misfit("a time") }
            return .string(text)
        case prefix + "binary":
            guard let bytes = base64(text), let decoded = String(validating: bytes, as: UTF8.self) else {
                throw misfit("bytes, expected a text in Base64")
            }
            return .string(decoded)
        default: throw unknown(tag, mark)
        }
    }

    /// - Throws: ``ConfigError`` for a list or a map whose tag says something else.
    static func check(tag: String?, is name: String, at mark: SourceMark) throws {
        guard let tag, tag != prefix + name else { return }
        throw unknown(tag, mark)
    }

    private static func unknown(_ tag: String, _ mark: SourceMark) -> ConfigError {
        let shown = tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
        return ConfigError(
            "found the tag '\(shown)', expected none or one of !!str, !!int, !!float, !!bool, !!null, !!seq, !!map",
            at: mark, code: "yaml.syntax")
    }

    /// The value of a plain scalar.
    static func resolve(_ text: String) -> JSONValue.Kind {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
        case ".nan", ".NaN", ".NAN": return .number(.nan)
        default: break
        }
        guard let first = text.utf8.first, first == 43 || first == 45 || first == 46 || isDigit(first) else {
            return .string(text)
        }
        return YAMLNumber.value(of: Array(text.utf8)) ?? .string(text)
    }

    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isDate(_ text: String) -> Bool {
        let parts = text.utf8.prefix { isDigit($0) || $0 == UInt8(ascii: "-") }.split(separator: UInt8(ascii: "-"))
        return parts.count == 3 && parts[0].count == 4 && parts.dropFirst().allSatisfy { (1...2).contains($0.count) }
    }

    /// The bytes of a Base64 text, whose lines may be broken.
    private static func base64(_ text: String) -> [UInt8]? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = [], bits: UInt32 = 0, held = 0, padding = 0
        for byte in text.utf8 where byte != 10 && byte != 13 && byte != 32 && byte != 9 {
            if byte == UInt8(ascii: "=") { padding += 1; continue }
            guard padding == 0, let value = alphabet.firstIndex(of: byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            }
        }
        return padding <= 2 && held < 6 ? out : nil
    }
}
