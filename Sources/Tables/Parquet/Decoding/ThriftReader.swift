import Basics

/// What is wrong inside a file; whoever reads the file adds its name and the place.
struct ParquetDamage: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Reads structures of the compact protocol of Thrift, in which Parquet keeps its footer and its page headers.
///
/// Every length is checked against the bytes that are there, and nothing is allocated by a length alone.
/// Source: the specification "Thrift Compact protocol encoding" of Apache Thrift.
struct ThriftReader {
    private let bytes: UnsafeRawBufferPointer
    /// The next byte.
    private(set) var position: Int
    private var depth = 0

    /// Structures that may lie inside each other: a bound for what is skipped.
    private static let mostDepth = 24

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        (self.bytes, self.position) = (bytes, position)
    }

    private mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw ParquetDamage("the end inside a structure") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
        }
        throw ParquetDamage("an integer of more than ten bytes")
    }

    private mutating func length() throws -> Int {
        guard let count = Int(exactly: try varint()), count <= bytes.count - position else {
            throw ParquetDamage("a length beyond the end")
        }
        return count
    }

    /// Reads a structure: `field` is called with the number and the type of each field and must read or skip it.
    mutating func structure(_ field: (inout ThriftReader, Int, UInt8) throws -> Void) throws {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ThriftReader.mostDepth else { throw ParquetDamage("structures too deep inside each other") }
        var number = 0
        while true {
            let head = try byte()
            let type = head & 15
            if type == 0 { return }
            if head >> 4 == 0 {
                number = Int(truncatingIfNeeded: try zigzag())
            } else {
                number &+= Int(head >> 4)
            }
            try field(&self, number, type)
        }
    }

    private mutating func zigzag() throws -> Int64 {
        let value = try varint()
        return Int64(truncatingIfNeeded: value >> 1) ^ -Int64(truncatingIfNeeded: value & 1)
    }

    /// An integer of any width.
    mutating func integer(_ type: UInt8) throws -> Int {
        switch type {
        case 3: Int(Int8(bitPattern: try byte()))
        case 4, 5, 6: Int(try zigzag())
        default: throw ParquetDamage("a field of type \(type) where an integer belongs")
        }
    }

    /// A size or count: an integer that is not negative.
    mutating func size(_ type: UInt8) throws -> Int {
        let value = try integer(type)
        guard value >= 0 else { throw ParquetDamage("the negative size \(value)") }
        return value
    }

    /// A truth value; as a field it lies in the type.
    func bool(_ type: UInt8) throws -> Bool {
        guard type == 1 || type == 2 else { throw ParquetDamage("a field of type \(type) where true or false belongs") }
        return type == 1
    }

    /// Bytes in the file.
    mutating func binary(_ type: UInt8) throws -> UnsafeRawBufferPointer {
        guard type == 8 else { throw ParquetDamage("a field of type \(type) where text belongs") }
        let count = try length()
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// Text, which must be UTF-8.
    mutating func text(_ type: UInt8) throws -> String {
        guard let text = String(validating: try binary(type), as: UTF8.self) else {
            throw ParquetDamage("a name that is not UTF-8")
        }
        return text
    }

    /// A list: `element` is called for each with the type, and must read it.
    mutating func list(_ type: UInt8, _ element: (inout ThriftReader, UInt8) throws -> Void) throws {
        guard type == 9 || type == 10 else { throw ParquetDamage("a field of type \(type) where a list belongs") }
        let head = try byte()
        // Every element takes a byte at least.
        let count = head >> 4 == 15 ? try length() : Int(head >> 4)
        for _ in 0..<count { try element(&self, head & 15) }
    }

    /// Passes over a field.
    mutating func skip(_ type: UInt8) throws {
        switch type {
        case 1, 2: break
        case 3: _ = try byte()
        case 4, 5, 6: _ = try varint()
        case 7: for _ in 0..<8 { _ = try byte() }
        case 8: _ = try binary(type)
        case 9, 10: try list(type) { reader, element in try reader.skipElement(element) }
        case 11:
            let count = try length()
            guard count > 0 else { return }
            let types = try byte()
            for _ in 0..<count {
                try skipElement(types >> 4)
                try skipElement(types & 15)
            }
        case 12: try structure { reader, _, inner in try reader.skip(inner) }
        default: throw ParquetDamage("a field of the unknown type \(type)")
        }
    }

    /// Elements of lists and maps have their truth values in a byte of their own.
    private mutating func skipElement(_ type: UInt8) throws {
        if type == 1 || type == 2 {
            _ = try byte()
        } else {
            depth += 1
            defer { depth -= 1 }
            guard depth <= ThriftReader.mostDepth else { throw ParquetDamage("lists too deep inside each other") }
            try skip(type)
        }
    }
}
