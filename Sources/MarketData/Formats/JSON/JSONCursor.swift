import Foundation

/// Walks over JSON text without building values: what feeds of millions of messages and large arrays are read with.
///
/// Positions are bytes from the front. Structure is checked where it is walked; what is skipped is only balanced.
package struct JSONCursor {
    /// What is wrong, and where.
    package struct Problem: Error, Equatable {
        /// Bytes before the mistake.
        package let position: Int
        /// Found and expected, in one sentence.
        package let reason: String
    }

    /// The whole text.
    package let bytes: UnsafeBufferPointer<UInt8>
    /// The next byte.
    package private(set) var position: Int

    /// - Parameter bytes: valid as long as the cursor is used.
    package init(_ bytes: UnsafeBufferPointer<UInt8>, from position: Int = 0) {
        (self.bytes, self.position) = (bytes, position)
    }

    private func problem(_ reason: String) -> Problem { Problem(position: position, reason: reason) }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    }

    /// The first byte of what comes next, behind white space; 0 at the end.
    package mutating func peek() -> UInt8 {
        skipSpace()
        return position < bytes.count ? bytes[position] : 0
    }

    /// Enters a map or list whose opening bracket must come next.
    ///
    /// - Returns: whether it has something inside; where not, it is left again.
    package mutating func enter(_ bracket: Character) throws(Problem) -> Bool {
        let open: UInt8 = bracket == "{" ? UInt8(ascii: "{") : UInt8(ascii: "[")
        guard peek() == open else { throw problem("expected '\(bracket)'") }
        position += 1
        guard peek() == open + 2 else { return true }
        position += 1
        return false
    }

    /// Goes on behind an item of a map or list.
    ///
    /// - Returns: whether another item follows; where not, the map or list is left.
    package mutating func goesOn(_ bracket: Character) throws(Problem) -> Bool {
        let close: UInt8 = bracket == "{" ? UInt8(ascii: "}") : UInt8(ascii: "]")
        let byte = peek()
        guard byte == UInt8(ascii: ",") || byte == close else {
            throw problem("expected ',' or '\(bracket == "{" ? "}" : "]")'")
        }
        position += 1
        return byte != close
    }

    /// A text in double quotes.
    ///
    /// - Returns: where it stands, without its quotes and with its escapes.
    package mutating func text() throws(Problem) -> Range<Int> {
        guard peek() == UInt8(ascii: "\"") else { throw problem("expected a text") }
        position += 1
        let start = position
        while position < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + position, 0x22, bytes.count - position)
        {
            let quote = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            // Behind an odd number of backslashes it belongs to the text.
            var escape = quote
            while escape > start, base[escape - 1] == UInt8(ascii: "\\") { escape -= 1 }
            position = quote + 1
            if (quote - escape) & 1 == 0 { return start..<quote }
        }
        position = bytes.count
        throw problem("found the end inside a text")
    }

    /// The key of a map's next item, behind which its value comes.
    package mutating func key() throws(Problem) -> Range<Int> {
        let key = try text()
        guard peek() == UInt8(ascii: ":") else { throw problem("expected ':'") }
        position += 1
        return key
    }

    /// A number, or a number in double quotes.
    ///
    /// - Returns: where its characters stand; nil for null.
    package mutating func number() throws(Problem) -> Range<Int>? {
        let byte = peek()
        if byte == UInt8(ascii: "\"") { return try text() }
        let word = scalar()
        guard let first = word.first else { throw problem("expected a number") }
        if bytes[first] == UInt8(ascii: "n"), holds(word, "null") { return nil }
        guard bytes[first] == UInt8(ascii: "-") || bytes[first] &- 48 < 10 else {
            position = first
            throw problem("expected a number")
        }
        return word
    }

    /// true or false.
    package mutating func bool() throws(Problem) -> Bool {
        let word = scalar()
        if holds(word, "true") { return true }
        if holds(word, "false") { return false }
        position = word.lowerBound
        throw problem("expected true or false")
    }

    /// A whole number of up to 18 digits.
    package mutating func integer() throws(Problem) -> Int64 {
        skipSpace()
        let start = position
        guard let range = try number() else { throw problem("found null, expected a whole number") }
        guard let value = JSONCursor.integer(bytes, range) else {
            position = start
            throw problem("expected a whole number of up to 18 digits")
        }
        return value
    }

    /// The whole number of up to 18 digits that stands somewhere, or nil.
    package static func integer(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int64? {
        let isNegative = !range.isEmpty && bytes[range.lowerBound] == UInt8(ascii: "-")
        let digits = isNegative ? range.dropFirst() : range
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        var value: Int64 = 0
        for index in digits {
            let digit = bytes[index] &- 48
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return isNegative ? -value : value
    }

    private mutating func scalar() -> Range<Int> {
        skipSpace()
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), 48...57, 65...90, 97...122: position += 1
            default: return start..<position
            }
        }
        return start..<position
    }

    /// Goes behind a value of any kind.
    package mutating func skip() throws(Problem) {
        var depth = 0
        repeat {
            switch peek() {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { throw problem("expected a value") }
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw problem("expected a value") }
                position += 1
            case UInt8(ascii: "\""): _ = try text()
            default:
                if scalar().isEmpty { throw problem("expected a value") }
            }
        } while depth > 0
    }

    /// Whether nothing but white space is left.
    package mutating func isAtEnd() -> Bool {
        skipSpace()
        return position >= bytes.count
    }

    /// Whether those bytes are that text.
    package func holds(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
        for index in 0..<range.count where base[range.lowerBound + index] != text.utf8Start[index] { return false }
        return true
    }

    /// The bytes at a place.
    package func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[range])
    }

    /// Those bytes as text with their escapes resolved; as they stand where they have a wrong one.
    package func unescaped(_ range: Range<Int>) -> String {
        let text = string(range)
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        return (try? JSONDecoder().decode(String.self, from: Data("\"\(text)\"".utf8))) ?? text
    }

    /// Those bytes as text; escapes are left as they stand, as names and numbers of feeds have none.
    package func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
