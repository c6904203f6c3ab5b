import Basics
import SwiftASN1

/// The parts of a constructed value of DER, one after the other. Nothing here takes for granted what a stranger wrote.
struct DERReader {
    private var parts: ArraySlice<ASN1Node>

    /// - Parameter most: parts that are taken.
    /// - Throws: ``Failure`` with code `anchor.timestamp` for another tag, a primitive value, or more parts.
    init(_ node: ASN1Node, as tag: ASN1Identifier = .sequence, most: Int = 64) throws {
        guard node.identifier == tag, case .constructed(let children) = node.content else {
            throw TimestampFailure.of("no \(tag) where one is expected")
        }
        var list: [ASN1Node] = []
        for child in children {
            guard list.count < most else { throw TimestampFailure.of("more than \(most) parts of one value") }
            list.append(child)
        }
        parts = list[...]
    }

    mutating func next() throws -> ASN1Node {
        guard let node = parts.popFirst() else { throw TimestampFailure.of("a value that ends too early") }
        return node
    }

    /// The next part where it has this tag.
    mutating func next(if tag: ASN1Identifier) -> ASN1Node? {
        guard parts.first?.identifier == tag else { return nil }
        return parts.popFirst()
    }

    /// All that are left.
    var rest: ArraySlice<ASN1Node> { parts }

    func end() throws {
        guard parts.isEmpty else { throw TimestampFailure.of("a value with parts that nobody expects") }
    }
}

extension ASN1Identifier {
    /// `[number]` of a structure.
    static func context(_ number: UInt) -> ASN1Identifier {
        ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific)
    }
}

extension ASN1Node {
    /// - Throws: ``Failure`` with code `anchor.timestamp` for bytes that are no DER, or too many.
    static func parse(_ bytes: [UInt8], most: Int) throws -> ASN1Node {
        guard bytes.count <= most else { throw TimestampFailure.of("\(bytes.count) bytes, \(most) are taken at most") }
        guard let node = try? DER.parse(bytes) else { throw TimestampFailure.of("bytes that are no DER") }
        return node
    }

    /// With tag and length.
    var encoded: [UInt8] { Array(encodedBytes) }

    func content(as tag: ASN1Identifier) throws -> [UInt8] {
        guard identifier == tag, case .primitive(let bytes) = content else {
            throw TimestampFailure.of("no \(tag) where one is expected")
        }
        return Array(bytes)
    }

    func objectIdentifier() throws -> ASN1ObjectIdentifier {
        guard let value = try? ASN1ObjectIdentifier(derEncoded: self) else {
            throw TimestampFailure.of("no object identifier where one is expected")
        }
        return value
    }

    /// The bytes of a whole number, in the one way that DER writes it.
    func integer() throws -> [UInt8] {
        let bytes = try content(as: .integer)
        guard let first = bytes.first, bytes.count <= 64 else { throw TimestampFailure.of("a number without bounds") }
        if bytes.count > 1, first == 0 && bytes[1] < 0x80 || first == 0xFF && bytes[1] >= 0x80 {
            throw TimestampFailure.of("a number with more bytes than it needs")
        }
        return bytes
    }

    /// A number from 0 to 127.
    func smallInteger() throws -> Int {
        let bytes = try integer()
        guard bytes.count == 1, bytes[0] < 0x80 else { throw TimestampFailure.of("a number out of its range") }
        return Int(bytes[0])
    }

    func boolean() throws -> Bool {
        switch try content(as: .boolean) {
        case [0xFF]: true
        case [0]: false
        default: throw TimestampFailure.of("neither true nor false")
        }
    }

    /// Whole bytes of a bit string, and how many bits of the last do not count.
    func bits() throws -> (bytes: [UInt8], unused: Int) {
        guard let value = try? ASN1BitString(derEncoded: self) else {
            throw TimestampFailure.of("no bits where some are expected")
        }
        return (Array(value.bytes), value.paddingBits)
    }

    /// The one value inside of an explicit tag.
    func explicit(_ number: UInt) throws -> ASN1Node {
        var reader = try DERReader(self, as: .context(number), most: 1)
        return try reader.next()
    }

    /// A moment, as `UTCTime` or `GeneralizedTime` says it; fractions of seconds in the latter alone.
    ///
    /// - Returns: the last moment that can be told where it is beyond (certificates "without end").
    func moment() throws -> Nanoseconds {
        let isShort = identifier == .utcTime, bytes = try content(as: isShort ? .utcTime : .generalizedTime)
        let text = String(decoding: bytes, as: UTF8.self), digits = isShort ? 12 : 14
        guard bytes.count > digits, bytes.count <= 26, bytes.last == UInt8(ascii: "Z"),
            bytes.prefix(digits).allSatisfy({ (0x30...0x39).contains($0) }),
            !isShort || bytes.count == 13, bytes.allSatisfy({ $0 < 0x80 })
        else { throw TimestampFailure.of("'\(text)' for a time") }
        let century = bytes[0] >= 0x35 ? "19" : "20", full = Array((isShort ? century + text : text).utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: full[range], as: UTF8.self) }
        let tail = String(decoding: full[14..<full.count - 1], as: UTF8.self)
        if part(0..<4) >= "2262" { return .max }
        let spelled =
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))\(tail)Z"
        guard let time = TimeText.parseUTC(spelled) else { throw TimestampFailure.of("'\(text)' for a time") }
        return time
    }
}

enum TimestampFailure {
    /// - Parameter what: was found.
    static func of(_ what: String, hint: String? = nil) -> Failure {
        Failure("anchor.timestamp", "found a timestamp with \(what)", hint: hint, exitStatus: .refused)
    }
}
