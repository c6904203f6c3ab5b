import Basics

/// Reads TOML 1.0 into the JSON data model: tables keep the order of the file, as DVC records them, and whatever is
/// malformed is an error with its place.
///
/// A reader of our own: the one that was used before sorts the keys of tables, and ends the program on a malformed
/// header. Its cost is linear in the file; keys of more parts than anything nests are refused.
enum TOMLFile {
    private static let depthLimit = 128

    /// - Throws: ``ConfigError`` with file, line and column.
    static func parse(_ text: String, file: String) throws -> JSONValue {
        var reader = Reader(scanner: TOMLScanner(text, file: file), root: TOMLTable())
        try reader.document()
        return reader.root.value
    }

    private struct Reader {
        var scanner: TOMLScanner
        let root: TOMLTable
        private var depth = 0

        init(scanner: TOMLScanner, root: TOMLTable) {
            self.scanner = scanner
            self.root = root
        }

        mutating func document() throws {
            var table = root
            while true {
                try scanner.skipLines()
                guard scanner.current != nil else { return }
                if scanner.current == UInt8(ascii: "[") {
                    table = try header()
                } else {
                    try pair(in: table)
                }
                try scanner.endLine()
            }
        }

        /// `[table]` or `[[list of tables]]`.
        private mutating func header() throws -> TOMLTable {
            let start = scanner.mark
            let isList = scanner.starts(with: "[[")
            scanner.advance(isList ? 2 : 1)
            let key = try scanner.key(limit: depthLimit)
            guard scanner.take(UInt8(ascii: "]")), !isList || scanner.take(UInt8(ascii: "]")) else {
                throw scanner.problem("found \(scanner.found), expected \(isList ? "']]'" : "']'")")
            }
            guard let table = root.open(key[...], isList: isList, at: start) else {
                throw scanner.problem("found '\(key.joined(separator: "."))' twice", at: start)
            }
            return table
        }

        private mutating func pair(in table: TOMLTable) throws {
            let start = scanner.mark
            let key = try scanner.key(limit: depthLimit)
            guard scanner.take(UInt8(ascii: "=")) else {
                throw scanner.problem("found \(scanner.found), expected '=' after a key")
            }
            scanner.skipBlanks()
            guard table.set(key[...], try value(), at: start) else {
                throw scanner.problem("found the key '\(key.joined(separator: "."))' twice", at: start)
            }
        }

        private mutating func value() throws -> TOMLTable.Value {
            let start = scanner.mark
            switch scanner.current {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                return .value(JSONValue(.string(try scanner.text()), mark: start))
            case UInt8(ascii: "["): return .value(JSONValue(.list(try nested { try $0.list() }), mark: start))
            case UInt8(ascii: "{"): return .inline(try nested { try $0.table() }, start)
            default:
                var word = scanner.word()
                // A time may stand after its date with a space between.
                if word.count == 10, word[4] == UInt8(ascii: "-"), scanner.current == 32,
                    scanner.position + 1 < scanner.bytes.count,
                    YAMLScalar.isDigit(scanner.bytes[scanner.position + 1])
                {
                    scanner.advance()
                    word += [32] + scanner.word()
                }
                guard !word.isEmpty, let kind = TOMLScalar.value(word) else {
                    let shown = word.isEmpty ? scanner.found : "'\(String(decoding: word.prefix(60), as: UTF8.self))'"
                    throw scanner.problem("found \(shown), expected a value", at: start)
                }
                return .value(JSONValue(kind, mark: start))
            }
        }

        private mutating func nested<T>(_ read: (inout Reader) throws -> T) throws -> T {
            depth += 1
            defer { depth -= 1 }
            guard depth <= depthLimit else { throw scanner.problem("found more than \(depthLimit) levels") }
            return try read(&self)
        }

        private mutating func list() throws -> [JSONValue] {
            scanner.advance()
            var items: [JSONValue] = []
            while true {
                try scanner.skipLines()
                if scanner.take(UInt8(ascii: "]")) { return items }
                items.append(try value().json)
                try scanner.skipLines()
                if scanner.take(UInt8(ascii: ",")) { continue }
                guard scanner.take(UInt8(ascii: "]")) else {
                    throw scanner.problem("found \(scanner.found), expected ',' or ']'")
                }
                return items
            }
        }

        private mutating func table() throws -> TOMLTable {
            scanner.advance()
            let table = TOMLTable()
            scanner.skipBlanks()
            if scanner.take(UInt8(ascii: "}")) { return table }
            while true {
                scanner.skipBlanks()
                try pair(in: table)
                scanner.skipBlanks()
                if scanner.take(UInt8(ascii: ",")) { continue }
                guard scanner.take(UInt8(ascii: "}")) else {
                    throw scanner.problem("found \(scanner.found), expected ',' or '}'")
                }
                return table
            }
        }
    }
}
