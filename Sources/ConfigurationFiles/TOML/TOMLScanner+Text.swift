import Basics

/// Texts of TOML: in double quotes with escapes, in single quotes as they stand, and both over lines.
extension TOMLScanner {
    mutating func text() throws -> String {
        let start = mark
        let quote = current ?? 0, isRaw = quote == UInt8(ascii: "'")
        let isLong = starts(with: "\"\"\"") || starts(with: "'''")
        advance(isLong ? 3 : 1)
        // A line break right after the opening quotes is no part of the text.
        if isLong { _ = try takeLineBreak() }
        var out: [UInt8] = []
        while let byte = current {
            if byte == quote {
                if !isLong {
                    advance()
                    return String(decoding: out, as: UTF8.self)
                }
                var count = 0
                while count < 5, take(quote) { count += 1 }
                // Up to two quotes may stand before the three that close.
                if count >= 3 {
                    out += [UInt8](repeating: quote, count: count - 3)
                    return String(decoding: out, as: UTF8.self)
                }
                out += [UInt8](repeating: quote, count: count)
            } else if byte == UInt8(ascii: "\\"), !isRaw {
                try escape(isLong, to: &out)
            } else if byte == 10 || byte == 13 {
                guard isLong else { break }
                _ = try takeLineBreak()
                out.append(10)
            } else {
                if byte < 32 && byte != 9 || byte == 127 { throw problem("found a control character in a text") }
                out.append(byte)
                advance()
            }
        }
        throw problem("found \(found) in a text that does not end", at: start)
    }

    private mutating func escape(_ isLong: Bool, to out: inout [UInt8]) throws {
        let start = mark
        advance()
        guard let byte = current else { throw problem("found the end of the file in an escape", at: start) }
        if isLong, byte == 10 || byte == 13 || byte == 32 || byte == 9 {
            // A backslash at the end of a line: the text goes on at the next character that is no space.
            skipBlanks()
            guard try takeLineBreak() else { throw problem("found spaces after a backslash", at: start) }
            while true {
                skipBlanks()
                guard try takeLineBreak() else { return }
            }
        }
        advance()
        switch byte {
        case UInt8(ascii: "b"): out.append(8)
        case UInt8(ascii: "t"): out.append(9)
        case UInt8(ascii: "n"): out.append(10)
        case UInt8(ascii: "f"): out.append(12)
        case UInt8(ascii: "r"): out.append(13)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(byte)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            var code: UInt32 = 0
            for _ in 0..<count {
                guard let digit = current.flatMap({ Character(UnicodeScalar($0)).hexDigitValue }) else {
                    throw problem("found \(found), expected \(count) hexadecimal digits", at: start)
                }
                code = code << 4 | UInt32(digit)
                advance()
            }
            guard let scalar = Unicode.Scalar(code) else { throw problem("found a code point that is none", at: start) }
            out += Array(String(scalar).utf8)
        default: throw problem("found an unknown escape", at: start)
        }
    }
}
