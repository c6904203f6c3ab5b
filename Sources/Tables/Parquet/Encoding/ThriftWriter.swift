/// Writes structures of the compact protocol of Thrift.
struct ThriftWriter {
    private(set) var bytes: [UInt8] = []
    /// The number of the field before, of each structure that is open.
    private var last = [0]

    init() {}

    private mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    private mutating func zigzag(_ value: Int) {
        varint(UInt64(bitPattern: Int64(value << 1 ^ value >> 63)))
    }

    private mutating func head(_ id: Int, _ type: UInt8) {
        let step = id - last[last.count - 1]
        if (1...15).contains(step) {
            bytes.append(UInt8(step) << 4 | type)
        } else {
            bytes.append(type)
            zigzag(id)
        }
        last[last.count - 1] = id
    }

    mutating func int32(_ id: Int, _ value: Int) {
        head(id, 5)
        zigzag(value)
    }

    mutating func int64(_ id: Int, _ value: Int) {
        head(id, 6)
        zigzag(value)
    }

    mutating func int8(_ id: Int, _ value: Int8) {
        head(id, 3)
        bytes.append(UInt8(bitPattern: value))
    }

    mutating func bool(_ id: Int, _ value: Bool) { head(id, value ? 1 : 2) }

    mutating func binary(_ id: Int, _ value: some Collection<UInt8>) {
        head(id, 8)
        element(value)
    }

    /// Begins a list; its elements follow.
    mutating func list(_ id: Int, of type: UInt8, count: Int) {
        head(id, 9)
        if count < 15 {
            bytes.append(UInt8(count) << 4 | type)
        } else {
            bytes.append(0xF0 | type)
            varint(UInt64(count))
        }
    }

    /// An integer of a list.
    mutating func element(_ value: Int) { zigzag(value) }

    /// Bytes of a list.
    mutating func element(_ value: some Collection<UInt8>) {
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// A structure in a field.
    mutating func structure(_ id: Int, _ body: (inout ThriftWriter) -> Void) {
        head(id, 12)
        structure(body)
    }

    /// A structure in a list, or at the top.
    mutating func structure(_ body: (inout ThriftWriter) -> Void) {
        last.append(0)
        body(&self)
        bytes.append(0)
        last.removeLast()
    }
}
