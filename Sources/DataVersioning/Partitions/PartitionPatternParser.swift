import Basics

/// Reads the text of a ``PartitionPattern``.
struct PartitionPatternParser {
    private let text: String
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    mutating func parts() throws -> [PartitionPattern.Part] {
        guard bytes.count <= 1_024 else { throw problem("found \(bytes.count) bytes, expected at most 1,024", 0) }
        var parts: [PartitionPattern.Part] = [], literal: [UInt8] = [], names = Set<String>()
        func flushed() -> [PartitionPattern.Part] { literal.isEmpty ? [] : [.literal(literal)] }
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "*"), UInt8(ascii: "?"):
                parts += flushed()
                literal = []
                parts.append(byte == UInt8(ascii: "*") ? .any : .one)
                position += 1
            case UInt8(ascii: "{"):
                parts += flushed()
                literal = []
                let column = position
                let (name, kind) = try field()
                guard names.insert(name).inserted else {
                    throw problem("found the field '\(name)' twice", column)
                }
                parts.append(.field(name, kind))
            case UInt8(ascii: "}"): throw problem("found a '}' without its '{'", position)
            default:
                literal.append(byte)
                position += 1
            }
        }
        return parts + flushed()
    }

    /// `{name}`, `{name:int}`, `{name:%Y-%m-%d}`
    private mutating func field() throws -> (String, PartitionPattern.Kind) {
        let start = position
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "}")) else {
            throw problem("found a '{' without its '}'", start)
        }
        position = end + 1
        let inside = bytes[(start + 1)..<end]
        let colon = inside.firstIndex(of: UInt8(ascii: ":"))
        let name = String(decoding: inside[..<(colon ?? end)], as: UTF8.self)
        guard let first = name.utf8.first, isLetter(first), name.utf8.allSatisfy({ isLetter($0) || isDigit($0) }),
            !["path", "name", "stem", "directory"].contains(name)
        else {
            throw problem(
                "found '\(name)' as the name of a field, expected letters, digits and underscores that begin with a "
                    + "letter, other than path, name, stem and directory", start)
        }
        guard let colon else { return (name, .text) }
        let format = inside[(colon + 1)...]
        if String(decoding: format, as: UTF8.self) == "int" { return (name, .integer) }
        guard format.contains(UInt8(ascii: "%")) else {
            throw problem(
                "found '\(String(decoding: format, as: UTF8.self))' as the type of '\(name)', expected int or a time "
                    + "such as %Y-%m-%d", start)
        }
        return (name, .time(try time(format, of: name, at: start)))
    }

    private func time(_ format: ArraySlice<UInt8>, of name: String, at column: Int) throws
        -> [PartitionPattern.TimePart]
    {
        var parts: [PartitionPattern.TimePart] = [], letters = Set<UInt8>(), rest = format
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                parts.append(.literal(byte))
                continue
            }
            guard let letter = rest.popFirst() else { throw problem("found a '%' at the end of '\(name)'", column) }
            if letter == UInt8(ascii: "%") {
                parts.append(.literal(letter))
                continue
            }
            guard "YmdHMSj".utf8.contains(letter), letters.insert(letter).inserted else {
                throw problem(
                    "found '%\(String(decoding: [letter], as: UTF8.self))' in '\(name)', expected %Y, %m, %d, %H, %M, "
                        + "%S or %j, each at most once", column)
            }
            parts.append(.number(letter))
        }
        func has(_ letter: Character) -> Bool { letter.asciiValue.map(letters.contains) ?? false }
        // A time with a gap (a day without its month) would not say when.
        let day = has("j") || has("d") && has("m")
        guard has("Y"), !(has("j") && (has("m") || has("d"))), !has("d") || has("m"),
            !has("H") || day, !has("M") || has("H"), !has("S") || has("M")
        else {
            throw problem(
                "found the time '\(String(decoding: format, as: UTF8.self))' for '\(name)', expected a year, and "
                    + "whatever is larger than its smallest part", column)
        }
        return parts
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private func isLetter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private func problem(_ text: String, _ column: Int) -> Failure {
        Failure(
            "partition.pattern", "\(text), in the pattern '\(self.text.prefix(200))', column \(column + 1)",
            hint: "write fields such as {date:%Y-%m-%d}, {symbol}, {hour:int}")
    }
}
