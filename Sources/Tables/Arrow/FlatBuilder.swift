/// Writes flatbuffers: tables in front of what they lead to, so that every offset is positive.
struct FlatBuilder {
    /// A value of a table's field.
    indirect enum Value {
        case none
        case bool(Bool)
        case int8(Int8)
        case int16(Int16)
        case int32(Int32)
        case int64(Int64)
        case text(String)
        case table([Value])
        case tables([[Value]])
        /// Structures of 64-bit words.
        case words([[Int64]])

        /// Bytes in the table itself.
        var size: Int {
            switch self {
            case .none: 0
            case .bool, .int8: 1
            case .int16: 2
            case .int32, .text, .table, .tables, .words: 4
            case .int64: 8
            }
        }
    }

    private(set) var bytes: [UInt8] = []

    /// A buffer whose root is a table with these fields.
    static func build(_ fields: [Value]) -> [UInt8] {
        var builder = FlatBuilder()
        builder.put(UInt32(0))
        builder.lead(from: 0, to: builder.table(fields))
        builder.align(to: 8)
        return builder.bytes
    }

    private mutating func put<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func align(to size: Int, after: Int = 0) {
        while (bytes.count + after) % size != 0 { bytes.append(0) }
    }

    private mutating func lead(from place: Int, to target: Int) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: target - place).littleEndian) {
            bytes.replaceSubrange(place..<(place + 4), with: $0)
        }
    }

    /// Writes a table and what it leads to; returns where it is.
    private mutating func table(_ fields: [Value]) -> Int {
        var offsets: [Int] = [], size = 4
        for field in fields {
            guard field.size > 0 else { offsets.append(0); continue }
            size = (size + field.size - 1) / field.size * field.size
            offsets.append(size)
            size += field.size
        }
        let listSize = 4 + 2 * fields.count
        // The list of offsets stands right in front of the table, which begins at a multiple of 8.
        align(to: 8, after: listSize)
        put(UInt16(truncatingIfNeeded: listSize))
        put(UInt16(truncatingIfNeeded: size))
        for offset in offsets { put(UInt16(truncatingIfNeeded: offset)) }
        let start = bytes.count
        put(Int32(truncatingIfNeeded: listSize))
        bytes.append(contentsOf: repeatElement(0, count: size - 4))
        for (field, offset) in zip(fields, offsets) where offset > 0 { write(field, at: start + offset) }
        return start
    }

    private mutating func write(_ value: Value, at place: Int) {
        func set<T: FixedWidthInteger>(_ number: T) {
            withUnsafeBytes(of: number.littleEndian) {
                bytes.replaceSubrange(place..<(place + MemoryLayout<T>.size), with: $0)
            }
        }
        switch value {
        case .none: break
        case .bool(let value): set(UInt8(value ? 1 : 0))
        case .int8(let value): set(value)
        case .int16(let value): set(value)
        case .int32(let value): set(value)
        case .int64(let value): set(value)
        case .text(let text):
            align(to: 4)
            lead(from: place, to: bytes.count)
            put(UInt32(truncatingIfNeeded: text.utf8.count))
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
        case .table(let fields): lead(from: place, to: table(fields))
        case .tables(let tables):
            align(to: 4)
            let start = bytes.count
            lead(from: place, to: start)
            put(UInt32(truncatingIfNeeded: tables.count))
            bytes.append(contentsOf: repeatElement(0, count: 4 * tables.count))
            for (index, fields) in tables.enumerated() {
                let entry = start + 4 + 4 * index
                lead(from: entry, to: table(fields))
            }
        case .words(let structures):
            align(to: 8, after: 4)
            lead(from: place, to: bytes.count)
            put(UInt32(truncatingIfNeeded: structures.count))
            for word in structures.joined() { put(word) }
        }
    }
}
