/// How the cells of a column lie in an Arrow file, and what they are.
struct ArrowLayout: Equatable {
    enum Storage: Equatable {
        case null
        case bits
        /// Integers of so many bytes.
        case signed(Int), unsigned(Int)
        /// Floats of so many bytes.
        case float(Int)
        /// Milliseconds since 1970-01-01, all at midnight.
        case dateMilliseconds
        /// Two's complement of so many bytes, of which values must fit in 8.
        case decimal(Int)
        /// Bytes behind offsets of so many bytes.
        case offsets(Int)
        /// Views: 16 bytes each, with the bytes in them or elsewhere.
        case views
        /// So many bytes each.
        case fixed(Int)
    }

    let type: ColumnType
    let storage: Storage

    /// Buffers of a column, without those that a view counts for itself.
    var bufferCount: Int {
        switch storage {
        case .null: 0
        case .offsets: 3
        default: 2
        }
    }

    /// The layout of a field's type (Schema.fbs of Arrow's format 1.5).
    static func read(_ field: FlatTable, _ name: String, _ problems: ArrowProblems) throws -> ArrowLayout {
        let kind: UInt8 = try field.number(2, or: 0)
        guard let type = try field.table(3) else {
            throw problems.damage("no type for column '\(name)'", expected: "one")
        }
        func refuse(_ what: String) -> any Error { problems.refusal("\(what) in column '\(name)'") }
        switch kind {
        case 1: return .init(type: .null, storage: .null)
        case 2:
            guard let size = try bytes(of: type, 0, missing: 0, [8, 16, 32, 64]) else { throw refuse("an odd integer") }
            return try type.bool(1)
                ? .init(type: .int64, storage: .signed(size)) : .init(type: .uint64, storage: .unsigned(size))
        case 3:
            switch try type.number(0, or: Int16(0)) {
            case 0: return .init(type: .float32, storage: .float(2))
            case 1: return .init(type: .float32, storage: .float(4))
            case 2: return .init(type: .float64, storage: .float(8))
            default: throw refuse("an odd float")
            }
        case 4: return .init(type: .binary, storage: .offsets(4))
        case 5: return .init(type: .text, storage: .offsets(4))
        case 6: return .init(type: .bool, storage: .bits)
        case 15:
            let size: Int32 = try type.number(0, or: 0)
            guard size >= 0 else { throw refuse("a negative size") }
            return .init(type: .binary, storage: .fixed(Int(size)))
        case 19: return .init(type: .binary, storage: .offsets(8))
        case 20: return .init(type: .text, storage: .offsets(8))
        case 23: return .init(type: .binary, storage: .views)
        case 24: return .init(type: .text, storage: .views)
        case 7, 8, 9, 10:
            guard let layout = try quantity(kind, type) else { throw refuse("an odd number or time") }
            return layout
        default: throw refuse(others[kind] ?? "type \(kind)")
        }
    }

    /// Decimals, dates and times; nil for units and widths that nobody knows.
    private static func quantity(_ kind: UInt8, _ type: FlatTable) throws -> ArrowLayout? {
        switch kind {
        case 7:
            let scale: Int32 = try type.number(1, or: 0)
            guard (0...76).contains(scale), let size = try bytes(of: type, 2, missing: 128, [32, 64, 128, 256]) else {
                return nil
            }
            return .init(type: .decimal(scale: Int(scale)), storage: .decimal(size))
        case 8:
            switch try type.number(0, or: Int16(1)) {
            case 0: return .init(type: .date, storage: .signed(4))
            case 1: return .init(type: .date, storage: .dateMilliseconds)
            default: return nil
            }
        case 9:
            guard let unit = unit(try type.number(0, or: 1)), let size = try bytes(of: type, 1, missing: 32, [32, 64])
            else { return nil }
            return .init(type: .timeOfDay(unit), storage: .signed(size))
        default:
            guard let unit = unit(try type.number(0, or: 0)) else { return nil }
            // Any zone says that the numbers are instants; its name is only how they would be shown.
            let isUTC = try type.text(1)?.isEmpty == false
            return .init(type: .timestamp(unit, isUTC: isUTC), storage: .signed(8))
        }
    }

    private static func unit(_ number: Int16) -> ColumnType.Unit? {
        let units = ColumnType.Unit.allCases
        return Int(number) < units.count && number >= 0 ? units[Int(number)] : nil
    }

    private static func bytes(of type: FlatTable, _ field: Int, missing: Int32, _ legal: [Int32]) throws -> Int? {
        let bits = try type.number(field, or: missing)
        return legal.contains(bits) ? Int(bits / 8) : nil
    }

    private static let others: [UInt8: String] = [
        11: "an interval", 12: "lists", 13: "structures", 14: "a union", 16: "lists of one size", 17: "maps",
        18: "durations", 21: "large lists", 22: "run-end encoding", 25: "list views", 26: "large list views",
    ]
}
