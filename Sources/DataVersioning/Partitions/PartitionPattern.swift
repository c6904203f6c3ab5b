import Basics

/// A pattern of file names with typed fields: `raw/{date:%Y-%m-%d}_{symbol}.csv.gz`.
///
///     {name}          one or more characters other than a slash
///     {name:int}      an integer, digits with an optional minus
///     {name:%Y-%m-%d} a time: %Y (4 digits) %m %d %H %M %S (2 digits each), %j (day of the year, 3 digits), %% and
///                     other characters for themselves
///     * and ?         any characters, any one character, other than a slash; without a name
///
/// A name that can be read in two ways, and a time that does not exist, are refused: a key that is guessed is a wrong
/// key somewhere. Reading costs O(length of the name × length of the pattern).
package struct PartitionPattern: Sendable, Equatable {
    enum Part: Sendable, Equatable {
        case literal([UInt8])
        case any
        case one
        case field(String, Kind)
    }

    enum Kind: Sendable, Equatable {
        case text, integer
        case time([TimePart])
    }

    enum TimePart: Sendable, Equatable {
        case literal(UInt8)
        /// The letter of `strptime`.
        case number(UInt8)

        /// Bytes in the name.
        var width: Int {
            switch self {
            case .literal: 1
            case .number(UInt8(ascii: "Y")): 4
            case .number(UInt8(ascii: "j")): 3
            case .number: 2
            }
        }
    }

    package let text: String
    let parts: [Part]

    /// The names of the fields, in order.
    package let names: [String]

    /// Whether a key has one name at the most: digits may have zeros in front, and what a wildcard covers is in no key.
    var isOneToOne: Bool {
        parts.allSatisfy { part in
            switch part {
            case .literal: true
            case .any, .one: false
            case .field(_, let kind): kind != .integer
            }
        }
    }

    /// Whether any field is a time, by which partitions are closed and known.
    var hasTime: Bool { parts.contains { if case .field(_, .time) = $0 { true } else { false } } }

    /// Whether a pattern has fields at all, rather than only shell wildcards.
    package static func hasFields(_ text: String) -> Bool {
        var previous: Character = " "
        for character in text {
            if character == "{", previous != "$" { return true }
            previous = character
        }
        return false
    }

    /// - Throws: ``Failure`` with code `partition.pattern`, which names the column.
    package init(_ text: String) throws {
        self.text = text
        var parser = PartitionPatternParser(text)
        parts = try parser.parts()
        names = parts.compactMap { if case .field(let name, _) = $0 { name } else { nil } }
    }

    /// The key that a name says; nil where the name is not of the pattern.
    ///
    /// - Throws: ``Failure`` with code `partition.name` where the name can be read in two ways or has a time that does
    ///   not exist.
    package func key(of name: String) throws -> PartitionKey? {
        let bytes = Array(name.utf8)
        var reading = PartitionReading(parts, bytes)
        guard let spans = reading.first() else { return nil }
        if let other = reading.another(beside: spans) {
            throw Failure(
                "partition.name",
                "found '\(name)', which '\(text)' reads in two ways: \(describe(spans, bytes)) or "
                    + "\(describe(other, bytes))",
                hint: "separate the fields by a character that none of them holds, or give them a type: {name:int}")
        }
        var fields: [PartitionKey.Field] = []
        for (part, span) in zip(parts, spans) {
            guard case .field(let field, let kind) = part else { continue }
            guard let value = PartitionPattern.value(bytes[span], kind) else {
                throw Failure(
                    "partition.name",
                    "found '\(String(decoding: bytes[span], as: UTF8.self))' as '\(field)' of '\(name)', expected a "
                        + (kind == .integer ? "number of at most 18 digits" : "time that exists"),
                    hint: "rename the file, or take it out of the directory")
            }
            fields.append(PartitionKey.Field(name: field, value: value))
        }
        return PartitionKey(fields: fields)
    }

    private func describe(_ spans: [Range<Int>], _ bytes: [UInt8]) -> String {
        zip(parts, spans).compactMap { part, span in
            if case .field(let name, _) = part {
                "\(name)=\(String(decoding: bytes[span], as: UTF8.self))"
            } else {
                nil
            }
        }.joined(separator: " ")
    }

    /// A field's value; nil for a time that does not exist and for a number out of range.
    private static func value(_ bytes: ArraySlice<UInt8>, _ kind: Kind) -> PartitionValue? {
        switch kind {
        case .text: return .text(String(decoding: bytes, as: UTF8.self))
        case .integer: return bytes.count <= 18 ? Int(String(decoding: bytes, as: UTF8.self)).map { .number($0) } : nil
        case .time(let parts): return PartitionTime(parts, bytes)?.value
        }
    }
}

/// A time as the parts of a pattern read it.
private struct PartitionTime {
    var value: PartitionValue

    init?(_ parts: [PartitionPattern.TimePart], _ bytes: ArraySlice<UInt8>) {
        var numbers: [UInt8: Int] = [:]
        var rest = bytes
        for part in parts {
            let field = rest.prefix(part.width)
            rest = rest.dropFirst(part.width)
            if case .number(let letter) = part {
                numbers[letter] = field.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            }
        }
        func number(_ letter: Character) -> Int? { letter.asciiValue.flatMap { numbers[$0] } }
        guard let year = number("Y"), (1678...2261).contains(year) else { return nil }
        let date: CivilDate
        if let dayOfYear = number("j") {
            date = CivilDate(daysSince1970: CivilDate(year: year, month: 1, day: 1).daysSince1970 + dayOfYear - 1)
            guard dayOfYear > 0, date.year == year else { return nil }
        } else {
            date = CivilDate(year: year, month: number("m") ?? 1, day: number("d") ?? 1)
            guard date.isValid else { return nil }
        }
        let hour = number("H") ?? 0, minute = number("M") ?? 0, second = number("S") ?? 0
        guard hour < 24, minute < 60, second < 60 else { return nil }
        var text = padded(year, 4)
        if number("j") != nil || number("m") != nil { text = String(date.description.prefix(7)) }
        if number("j") != nil || number("d") != nil { text = date.description }
        if number("H") != nil { text += "T\(padded(hour, 2)):\(padded(minute, 2))" }
        if number("S") != nil { text += ":\(padded(second, 2))" }
        value = .time(days: date.daysSince1970, seconds: (hour * 60 + minute) * 60 + second, text: text)
    }
}
