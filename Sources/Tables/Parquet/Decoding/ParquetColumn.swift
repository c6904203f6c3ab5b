import Basics

/// How bytes of fixed length become eight-byte cells.
enum ParquetCell: Equatable {
    /// As they are.
    case eight
    /// Four bytes with or without a sign.
    case signed, unsigned
    case float, half
    /// Nanoseconds of the day and the Julian day: times of old writers.
    case int96
    /// A decimal, most significant byte first.
    case bigEndian
}

/// A column that is flat, and how its values are read.
struct ParquetColumn {
    enum Kind: Equatable {
        case bool, text, binary, null
        case cells(ParquetCell)
    }

    let field: Field
    /// Position among the leaves of the schema, and so in every row group.
    let leaf: Int
    /// 0 bool, 1 int32, 2 int64, 3 int96, 4 float, 5 double, 6 bytes, 7 bytes of fixed length.
    let physical: Int
    /// Bytes of a value; 0 where lengths differ.
    let width: Int
    let kind: Kind

    /// What a cell without a value holds.
    var emptyBits: UInt64 {
        switch field.type {
        case .float32, .float64: Double.nan.bitPattern
        default: 0
        }
    }

    /// The columns at the top of a schema.
    ///
    /// - Returns: those that can be read, and the others with the reason.
    /// - Throws: ``ParquetDamage`` for a tree that is none.
    static func all(
        _ schema: [ParquetFooter.Element]
    ) throws -> (columns: [ParquetColumn], refused: [(name: String, reason: String)], leaves: Int) {
        var columns: [ParquetColumn] = [], refused: [(name: String, reason: String)] = []
        var at = 1, leaves = 0
        for _ in 0..<(schema.first?.children ?? 0) {
            guard at < schema.count else { throw ParquetDamage("a schema with fewer columns than it says") }
            let top = schema[at]
            let firstLeaf = leaves
            // Nodes still to come of this column, itself among them.
            var open = 1
            while open > 0 {
                guard at < schema.count else { throw ParquetDamage("a schema with fewer columns than it says") }
                let node = schema[at]
                if node.type != nil, node.children == 0 { leaves += 1 }
                guard let more = (open - 1).plus(node.children), more <= schema.count else {
                    throw ParquetDamage("a schema with fewer columns than it says")
                }
                open = more
                at += 1
            }
            if top.repetition == 2 {
                refused.append((top.name, "it is repeated: a list in every row"))
            } else if top.type == nil || top.children > 0 {
                refused.append((top.name, "it is nested: \(top.logical.map { "\($0)" } ?? "a structure") in every row"))
            } else {
                switch column(top, leaf: firstLeaf) {
                case .success(let column): columns.append(column)
                case .failure(let damage): refused.append((top.name, damage.reason))
                }
            }
        }
        return (columns, refused, leaves)
    }

    private static func column(
        _ element: ParquetFooter.Element, leaf: Int
    ) -> Result<ParquetColumn, ParquetDamage> {
        guard let physical = element.type, (0...7).contains(physical) else {
            return .failure(ParquetDamage("its physical type \(element.type ?? -1) is not known"))
        }
        guard element.repetition == 0 || element.repetition == 1 else {
            return .failure(ParquetDamage("its repetition \(element.repetition) is not known"))
        }
        let width = [0, 4, 8, 12, 4, 8, 0, element.length][physical]
        guard physical != 7 || (1...(1 << 20)).contains(width) else {
            return .failure(ParquetDamage("its values have the length \(width)"))
        }
        guard let (type, kind) = meaning(element, physical, width) else {
            let name = element.logical.map { "\($0)" } ?? "plain"
            return .failure(ParquetDamage("it holds \(name) values as \(names[physical]), which is not read"))
        }
        return .success(
            ParquetColumn(
                field: Field(element.name, type, isOptional: element.repetition == 1), leaf: leaf,
                physical: physical, width: width, kind: kind))
    }

    private static let names = [
        "boolean", "int32", "int64", "int96", "float", "double", "byte array", "fixed byte array",
    ]

    private static func meaning(
        _ element: ParquetFooter.Element, _ physical: Int, _ width: Int
    ) -> (ColumnType, Kind)? {
        switch (physical, element.logical) {
        case (_, .null?): return element.repetition == 1 ? (.null, .null) : nil
        case (0, nil): return (.bool, .bool)
        case (1, nil), (1, .integer(isSigned: true)?): return (.int64, .cells(.signed))
        case (1, .integer(isSigned: false)?): return (.uint64, .cells(.unsigned))
        case (1, .date?): return (.date, .cells(.signed))
        case (1, .time(.millisecond)?): return (.timeOfDay(.millisecond), .cells(.signed))
        case (2, nil), (2, .integer(isSigned: true)?): return (.int64, .cells(.eight))
        case (2, .integer(isSigned: false)?): return (.uint64, .cells(.eight))
        case (2, .time(let unit)?): return unit == .millisecond ? nil : (.timeOfDay(unit), .cells(.eight))
        case (2, .timestamp(let unit, let isUTC)?): return (.timestamp(unit, isUTC: isUTC), .cells(.eight))
        // The file does not say whose clock it is.
        case (3, nil): return (.timestamp(.nanosecond, isUTC: false), .cells(.int96))
        case (4, nil): return (.float32, .cells(.float))
        case (5, nil): return (.float64, .cells(.eight))
        case (6, .text?): return (.text, .text)
        case (6, nil), (6, .bson?): return (.binary, .binary)
        case (7, nil), (7, .uuid?), (7, .interval?): return (.binary, .binary)
        case (7, .text?): return (.text, .text)
        case (7, .float16?): return width == 2 ? (.float32, .cells(.half)) : nil
        case (_, .decimal(let scale)?):
            guard (0...38).contains(scale) else { return nil }
            switch physical {
            case 1: return (.decimal(scale: scale), .cells(.signed))
            case 2: return (.decimal(scale: scale), .cells(.eight))
            case 6, 7: return (.decimal(scale: scale), .cells(.bigEndian))
            default: return nil
            }
        default: return nil
        }
    }
}
