import Basics

/// Walks over the bytes of a TOML document, knowing its place for messages.
struct TOMLScanner {
    let bytes: [UInt8]
    private let file: String
    private(set) var position = 0
    private var line = 1
    private var lineStart = 0

    init(_ text: String, file: String) {
        bytes = Array(text.utf8)
        self.file = file
        // A byte order mark is no part of the text.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { (position, lineStart) = (3, 3) }
    }

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    }

    /// Columns count characters, not bytes.
    var mark: SourceMark {
        let column = bytes[lineStart..<min(position, bytes.count)].count { $0 & 0xC0 != 0x80 } + 1
        return SourceMark(file: file, line: line, column: column)
    }

    func problem(_ text: String, at mark: SourceMark? = nil) -> ConfigError {
        ConfigError("the TOML is malformed: \(text)", at: mark ?? self.mark, code: "toml.syntax")
    }

    /// What stands here, for a message.
    var found: String {
        guard let byte = current else { return "the end of the file" }
        if byte == 10 || byte == 13 { return "the end of the line" }
        let rest = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self)
        return rest.unicodeScalars.first.map { "'\($0)'" } ?? "nothing"
    }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where position < bytes.count {
            position += 1
            if bytes[position - 1] == 10 { (line, lineStart) = (line + 1, position) }
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        advance()
        return true
    }

    mutating func skipBlanks() { while current == 32 || current == 9 { position += 1 } }

    /// Spaces, comments and line breaks.
    mutating func skipLines() throws {
        while true {
            skipBlanks()
            try skipComment()
            guard try takeLineBreak() else { return }
        }
    }

    private mutating func skipComment() throws {
        guard current == UInt8(ascii: "#") else { return }
        while let byte = current, byte != 10, !(byte == 13 && starts(with: "\r\n")) {
            if byte < 32 && byte != 9 || byte == 127 { throw problem("found a control character in a comment") }
            position += 1
        }
    }

    mutating func takeLineBreak() throws -> Bool {
        if current == 10 {
            advance()
            return true
        }
        guard current == 13 else { return false }
        guard starts(with: "\r\n") else { throw problem("found a carriage return without a line feed") }
        advance(2)
        return true
    }

    /// What must follow a value or a header: nothing but a comment.
    mutating func endLine() throws {
        skipBlanks()
        try skipComment()
        guard try takeLineBreak() || current == nil else {
            throw problem("found \(found), expected the end of the line")
        }
    }

    // MARK: Keys

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "-"), 48...57:
            true
        default: false
        }
    }

    /// A key of parts with points between them.
    ///
    /// - Throws: ``ConfigError``, also for more parts than anything nests.
    mutating func key(limit: Int) throws -> [String] {
        var parts: [String] = []
        repeat {
            skipBlanks()
            guard parts.count < limit else { throw problem("found a key of more than \(limit) parts") }
            if current == UInt8(ascii: "\"") || current == UInt8(ascii: "'") {
                if starts(with: "\"\"\"") || starts(with: "'''") { throw problem("found a text of lines as a key") }
                parts.append(try text())
            } else {
                let start = position
                while let byte = current, TOMLScanner.isBare(byte) { position += 1 }
                guard position > start else { throw problem("found \(found), expected a key") }
                parts.append(String(decoding: bytes[start..<position], as: UTF8.self))
            }
            skipBlanks()
        } while take(UInt8(ascii: "."))
        return parts
    }

    /// A word up to what ends a value: a number, a boolean, a date.
    mutating func word() -> [UInt8] {
        let start = position
        while let byte = current, TOMLScanner.isBare(byte) || byte == 43 || byte == 46 || byte == 58 { position += 1 }
        return Array(bytes[start..<position])
    }
}
