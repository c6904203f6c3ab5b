import Basics

/// What the annotation of a column says that its values are.
enum ParquetLogical: Equatable {
    case text, date, null, float16, uuid, bson, interval
    case map, list
    case decimal(scale: Int)
    case time(ColumnType.Unit), timestamp(ColumnType.Unit, isUTC: Bool)
    case integer(isSigned: Bool)
    /// One that is newer than this program.
    case other(Int)
}

/// The footer of a file: its schema, where the pages of each column lie, and what the writer says.
struct ParquetFooter {
    /// A node of the schema, in order of depth first.
    struct Element {
        var type: Int?
        var length = 0, children = 0
        /// 0 required, 1 optional, 2 repeated.
        var repetition = 0
        var name = ""
        var logical: ParquetLogical?
        fileprivate var converted: Int?
        fileprivate var scale = 0
    }
    /// The pages of a column in a row group.
    struct Chunk {
        var type = -1, codec = 0, values = 0, storedSize = 0, rawSize = 0, dataOffset = 0, dictionaryOffset = 0
        var hasData = false, isElsewhere = false, isEncrypted = false
        /// Where its first page begins; writers may leave out where the dictionary is, or say 0.
        var start: Int { dictionaryOffset > 0 ? min(dictionaryOffset, dataOffset) : dataOffset }
    }
    struct Group {
        var chunks: [Chunk] = []
        var rows = 0
    }

    var schema: [Element] = []
    var rows = 0
    var groups: [Group] = []
    var writer: String?
    var keyValues: [(key: String, value: String)] = []

    /// - Parameter fileSize: bytes of the whole file.
    /// - Throws: ``ParquetDamage``.
    init(_ bytes: UnsafeRawBufferPointer, fileSize: Int) throws {
        var reader = ThriftReader(bytes)
        try reader.structure { reader, id, type in
            switch id {
            case 2:
                try reader.list(type) { reader, _ in
                    let start = reader.position
                    schema.append(try ParquetFooter.element(&reader))
                    try ParquetFooter.expect(4, from: start, reader)
                }
            case 3: rows = try reader.size(type)
            case 4:
                try reader.list(type) { reader, _ in
                    let start = reader.position
                    groups.append(try ParquetFooter.group(&reader))
                    try ParquetFooter.expect(3, from: start, reader)
                }
            case 5:
                try reader.list(type) { reader, _ in
                    var pair = (key: "", value: "")
                    try reader.structure { reader, id, type in
                        switch id {
                        case 1: pair.key = try reader.text(type)
                        // Values may be bytes of any kind.
                        case 2: pair.value = String(decoding: try reader.binary(type), as: UTF8.self)
                        default: try reader.skip(type)
                        }
                    }
                    keyValues.append(pair)
                }
            case 6: writer = String(decoding: try reader.binary(type), as: UTF8.self)
            default: try reader.skip(type)
            }
        }
        guard !schema.isEmpty else { throw ParquetDamage("a footer without a schema") }
        var sum = 0
        for group in groups {
            guard let next = sum.plus(group.rows) else { throw ParquetDamage("more rows than can be counted") }
            sum = next
        }
        // Runs of one value take next to nothing; more than this is a number that came there by damage.
        guard rows <= max(1 << 31, fileSize.saturatingTimes(1024)) else {
            throw ParquetDamage("\(rows) rows in \(fileSize) bytes")
        }
        guard sum == rows else { throw ParquetDamage("\(sum) rows in the row groups and \(rows) in the file") }
    }

    /// Nodes and chunks of a byte would take a hundred times as much memory as they are.
    private static func expect(_ bytes: Int, from start: Int, _ reader: ThriftReader) throws {
        guard reader.position - start >= bytes else { throw ParquetDamage("an empty structure in its lists") }
    }

    private static func element(_ reader: inout ThriftReader) throws -> Element {
        var out = Element()
        try reader.structure { reader, id, type in
            switch id {
            case 1: out.type = try reader.integer(type)
            case 2: out.length = try reader.size(type)
            case 3: out.repetition = try reader.integer(type)
            case 4: out.name = try reader.text(type)
            case 5: out.children = try reader.size(type)
            case 6: out.converted = try reader.integer(type)
            case 7: out.scale = try reader.integer(type)
            case 10: out.logical = try logical(&reader)
            default: try reader.skip(type)
            }
        }
        if out.logical == nil, let converted = out.converted {
            out.logical = older(converted, scale: out.scale)
        }
        return out
    }

    /// The annotation as writers gave it before there were logical types. Without a flag, times are in UTC.
    private static func older(_ converted: Int, scale: Int) -> ParquetLogical {
        switch converted {
        case 0, 4, 19: .text
        case 1, 2: .map
        case 3: .list
        case 5: .decimal(scale: scale)
        case 6: .date
        case 7: .time(.millisecond)
        case 8: .time(.microsecond)
        case 9: .timestamp(.millisecond, isUTC: true)
        case 10: .timestamp(.microsecond, isUTC: true)
        case 11...14: .integer(isSigned: false)
        case 15...18: .integer(isSigned: true)
        case 20: .bson
        case 21: .interval
        default: .other(converted)
        }
    }

    private static func logical(_ reader: inout ThriftReader) throws -> ParquetLogical? {
        var out: ParquetLogical?
        try reader.structure { reader, id, type in
            guard type == 12 else { throw ParquetDamage("a logical type that is no structure") }
            switch id {
            case 1, 4, 12: out = .text
            case 2: out = .map
            case 3: out = .list
            case 5: out = .decimal(scale: 0)
            case 6: out = .date
            case 7, 8: out = .time(.nanosecond)
            case 10: out = .integer(isSigned: true)
            case 11: out = .null
            case 13: out = .bson
            case 14: out = .uuid
            case 15: out = .float16
            default: out = .other(id)
            }
            var scale = 0, isSigned = true, isUTC = false
            var unit: ColumnType.Unit?
            try reader.structure { reader, inner, type in
                switch (id, inner) {
                case (5, 1): scale = try reader.integer(type)
                case (7, 1), (8, 1): isUTC = try reader.bool(type)
                case (7, 2), (8, 2): unit = try timeUnit(&reader)
                case (10, 2): isSigned = try reader.bool(type)
                default: try reader.skip(type)
                }
            }
            switch id {
            case 5: out = .decimal(scale: scale)
            case 7, 8:
                guard let unit else { throw ParquetDamage("a time in a unit that is not known") }
                out = id == 7 ? .time(unit) : .timestamp(unit, isUTC: isUTC)
            case 10: out = .integer(isSigned: isSigned)
            default: break
            }
        }
        return out
    }

    private static func timeUnit(_ reader: inout ThriftReader) throws -> ColumnType.Unit? {
        var unit: ColumnType.Unit?
        try reader.structure { reader, id, type in
            switch id {
            case 1: unit = .millisecond
            case 2: unit = .microsecond
            case 3: unit = .nanosecond
            default: unit = nil
            }
            try reader.skip(type)
        }
        return unit
    }

    private static func group(_ reader: inout ThriftReader) throws -> Group {
        var out = Group()
        try reader.structure { reader, id, type in
            switch id {
            case 1:
                try reader.list(type) { reader, _ in
                    let start = reader.position
                    out.chunks.append(try chunk(&reader))
                    try expect(8, from: start, reader)
                }
            case 3: out.rows = try reader.size(type)
            default: try reader.skip(type)
            }
        }
        return out
    }

    private static func chunk(_ reader: inout ThriftReader) throws -> Chunk {
        var out = Chunk()
        try reader.structure { reader, id, type in
            switch id {
            case 1:
                out.isElsewhere = true
                try reader.skip(type)
            case 3:
                out.hasData = true
                try reader.structure { reader, id, type in
                    switch id {
                    case 1: out.type = try reader.integer(type)
                    case 4: out.codec = try reader.integer(type)
                    case 5: out.values = try reader.size(type)
                    case 6: out.rawSize = try reader.size(type)
                    case 7: out.storedSize = try reader.size(type)
                    case 9: out.dataOffset = try reader.size(type)
                    case 11: out.dictionaryOffset = try reader.size(type)
                    default: try reader.skip(type)
                    }
                }
            case 8:
                out.isEncrypted = true
                try reader.skip(type)
            default: try reader.skip(type)
            }
        }
        return out
    }
}
