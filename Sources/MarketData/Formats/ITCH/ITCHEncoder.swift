/// Writes messages of ITCH 5.0, each behind its length: what made feeds of tests and benchmarks consist of.
package struct ITCHEncoder {
    /// All messages so far.
    package private(set) var bytes: [UInt8] = []

    /// No message yet.
    package init() {}

    /// What a field is set to.
    package enum Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, Equatable, Sendable {
        case number(UInt64)
        case text(String)

        /// A number of the field's width.
        package init(integerLiteral value: UInt64) { self = .number(value) }
        /// Text, padded with spaces.
        package init(stringLiteral value: String) { self = .text(value) }
    }

    /// Adds a message; fields that are not named hold 0 or spaces.
    ///
    /// - Parameter time: nanoseconds after midnight.
    /// - Returns: false, with nothing added, for a type or field that is not there or a value that does not fit.
    @discardableResult
    package mutating func add(
        _ type: Unicode.Scalar, locate: UInt16 = 0, tracking: UInt16 = 0, time: UInt64, _ values: [String: Value] = [:]
    ) -> Bool {
        guard type.isASCII, let layout = ITCHLayout.of(UInt8(ascii: type)), time < 1 << 48,
            values.keys.allSatisfy({ name in layout.fields.contains { $0.name == name } })
        else { return false }
        var message: [UInt8] = []
        ITCHEncoder.put(UInt64(layout.length), 2, &message)
        message.append(layout.type)
        ITCHEncoder.put(UInt64(locate), 2, &message)
        ITCHEncoder.put(UInt64(tracking), 2, &message)
        ITCHEncoder.put(time, 6, &message)
        for field in layout.fields {
            switch (values[field.name], field.kind) {
            case (nil, .text): message += [UInt8](repeating: 0x20, count: field.size)
            case (nil, _): ITCHEncoder.put(0, field.size, &message)
            case (.text(let text), .text) where text.utf8.count <= field.size:
                message += Array(text.utf8) + [UInt8](repeating: 0x20, count: field.size - text.utf8.count)
            case (.number(let number), .number), (.number(let number), .price4), (.number(let number), .price8):
                guard field.size == 8 || number >> UInt64(8 * field.size) == 0 else { return false }
                ITCHEncoder.put(number, field.size, &message)
            default: return false
            }
        }
        bytes += message
        return true
    }

    /// Adds the length of 0 that ends some files.
    package mutating func end() { bytes += [0, 0] }

    private static func put(_ number: UInt64, _ size: Int, _ out: inout [UInt8]) {
        for byte in (0..<size).reversed() { out.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))) }
    }
}
