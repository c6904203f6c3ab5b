/// Reads JSON text into a ``JSONValue``, keeping positions and integers without limit.
///
/// Foundation's decoder keeps neither the order of keys, nor positions, nor integers beyond 64 bits, and the trading
/// host needs a reader without Foundation's dynamic casts. Strict RFC 8259 except that Python's `NaN` and `Infinity`
/// are accepted, because DVC writes them. Nesting is limited to 512 levels so that hostile input cannot exhaust the
/// stack.
package struct JSONParser {
    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1
    private var lineStart = 0
    private var depth = 0

    private static let maximumDepth = 512

    private init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// Parses one document.
    ///
    /// - Throws: ``ConfigError`` with file, line and column.
    package static func parse(_ text: String, file: String = "<json>") throws -> JSONValue {
        try parse(Array(text.utf8), file: file)
    }

    package static func parse(_ bytes: [UInt8], file: String = "<json>") throws -> JSONValue {
        var parser = JSONParser(bytes, file: file)
        parser.skipSpace()
        let value = try parser.value()
        parser.skipSpace()
        if parser.position < parser.bytes.count { throw parser.error("found text after the end of the document") }
        return value
    }

    private var mark: SourceMark { SourceMark(file: file, line: line, column: position - lineStart + 1) }

    private func error(_ message: String) -> ConfigError { ConfigError(message, at: mark, code: "json.syntax") }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current {
            switch byte {
            case 0x20, 0x09, 0x0D: position += 1
            case 0x0A:
                position += 1
                line += 1
                lineStart = position
            default: return
            }
        }
    }

    private mutating func value() throws -> JSONValue {
        let start = mark
        guard let byte = current else { throw error("found the end of the text, expected a value") }
        switch byte {
        case UInt8(ascii: "{"): return JSONValue(.map(try map()), mark: start)
        case UInt8(ascii: "["): return JSONValue(.list(try list()), mark: start)
        case UInt8(ascii: "\""): return JSONValue(.string(try string()), mark: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return JSONValue(try number(), mark: start)
        default:
            for (word, kind) in JSONParser.words where bytes[position...].starts(with: word) {
                position += word.count
                return JSONValue(kind, mark: start)
            }
            throw error("found '\(Character(UnicodeScalar(byte)))', expected a value")
        }
    }

    private static let words: [([UInt8], JSONValue.Kind)] = [
        (Array("true".utf8), .bool(true)), (Array("false".utf8), .bool(false)), (Array("null".utf8), .null),
        (Array("NaN".utf8), .number(.nan)), (Array("Infinity".utf8), .number(.infinity)),
    ]

    private mutating func enter() throws {
        depth += 1
        if depth > JSONParser.maximumDepth { throw error("found more than \(JSONParser.maximumDepth) nested levels") }
    }

    private mutating func map() throws -> [JSONValue.Entry] {
        try enter()
        defer { depth -= 1 }
        position += 1
        var entries: [JSONValue.Entry] = []
        skipSpace()
        if current == UInt8(ascii: "}") { position += 1; return entries }
        while true {
            skipSpace()
            let keyMark = mark
            guard current == UInt8(ascii: "\"") else { throw error("expected a key in double quotes") }
            let key = try string()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw error("expected ':' after the key '\(key)'") }
            position += 1
            skipSpace()
            entries.append(JSONValue.Entry(key: key, value: try value(), keyMark: keyMark))
            skipSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"): position += 1; return entries
            default: throw error("expected ',' or '}' in a map")
            }
        }
    }

    private mutating func list() throws -> [JSONValue] {
        try enter()
        defer { depth -= 1 }
        position += 1
        var items: [JSONValue] = []
        skipSpace()
        if current == UInt8(ascii: "]") { position += 1; return items }
        while true {
            skipSpace()
            items.append(try value())
            skipSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"): position += 1; return items
            default: throw error("expected ',' or ']' in a list")
            }
        }
    }

    private mutating func number() throws -> JSONValue.Kind {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if bytes[position...].starts(with: Array("Infinity".utf8)) {
            position += 8
            return .number(-.infinity)
        }
        func digits(_ parser: inout JSONParser) -> Int {
            let first = parser.position
            while let byte = parser.current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                parser.position += 1
            }
            return parser.position - first
        }
        let leadingZero = current == UInt8(ascii: "0")
        let integerDigits = digits(&self)
        guard integerDigits > 0, !(leadingZero && integerDigits > 1) else { throw error("found a malformed number") }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard digits(&self) > 0 else { throw error("expected digits after the decimal point") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            guard digits(&self) > 0 else { throw error("expected digits in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger { return Int(text).map { .integer($0) } ?? .bigInteger(text) }
        guard let value = Double(text) else { throw error("found the malformed number '\(text)'") }
        return .number(value)
    }

    private mutating func string() throws -> String {
        position += 1
        var start = position
        var out: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                out += bytes[start..<position]
                position += 1
                guard let text = String(validating: out, as: UTF8.self) else {
                    throw error("found bytes that are not UTF-8 in a text")
                }
                return text
            case UInt8(ascii: "\\"):
                out += bytes[start..<position]
                position += 1
                out += Array(String(try escape()).utf8)
                start = position
            case 0..<0x20: throw error("found a control character in a text; write it as an escape")
            default: position += 1
            }
        }
        throw error("found the end of the text inside a string")
    }

    private mutating func escape() throws -> Unicode.Scalar {
        guard let byte = current else { throw error("found the end of the text inside an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "u"):
            let first = try hexUnit()
            if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
            guard (0xD800..<0xDC00).contains(first),
                bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
            else { throw error("found half of a surrogate pair") }
            position += 2
            let second = try hexUnit()
            guard (0xDC00..<0xE000).contains(second) else { throw error("found half of a surrogate pair") }
            let code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
            return Unicode.Scalar(code) ?? "\u{FFFD}"
        default: throw error("found the unknown escape '\\\(Character(UnicodeScalar(byte)))'")
        }
    }

    private mutating func hexUnit() throws -> UInt16 {
        guard position + 4 <= bytes.count,
            let text = String(validating: bytes[position..<position + 4], as: UTF8.self),
            text.allSatisfy(\.isHexDigit), let unit = UInt16(text, radix: 16)
        else { throw error("expected four hexadecimal digits after '\\u'") }
        position += 4
        return unit
    }
}
