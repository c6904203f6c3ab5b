import Basics

/// The columns of an Arrow file.
struct ArrowSchema {
    struct Column {
        let field: Field
        /// Of the values of the dictionary, where there is one.
        let layout: ArrowLayout
        /// The number of its dictionary and the layout of positions in it.
        let dictionary: (id: Int64, index: ArrowLayout)?
    }

    let columns: [Column]

    init(_ table: FlatTable, _ problems: ArrowProblems) throws {
        guard try table.number(0, or: Int16(0)) == 0 else { throw problems.refusal("big-endian numbers") }
        // Many fields may lead to one name.
        var left = max(1 << 16, table.size.saturatingTimes(4))
        columns = try table.tables(1).map { field in
            let name = try field.text(0) ?? ""
            left -= name.utf8.count
            guard left >= 0 else { throw problems.damage("names longer than the schema", expected: "names in it") }
            let layout = try ArrowLayout.read(field, name, problems)
            guard try field.tables(5).isEmpty else { throw problems.refusal("nested values in column '\(name)'") }
            var dictionary: (Int64, ArrowLayout)?
            if let encoding = try field.table(4) {
                dictionary = (try encoding.number(0, or: 0), try ArrowSchema.index(encoding, name, problems))
            }
            return Column(
                field: Field(name, layout.type, isOptional: try field.bool(1)), layout: layout, dictionary: dictionary)
        }
    }

    private static func index(_ encoding: FlatTable, _ name: String, _ problems: ArrowProblems) throws -> ArrowLayout {
        guard let type = try encoding.table(1) else { return .init(type: .int64, storage: .signed(4)) }
        let bits: Int32 = try type.number(0, or: 0)
        guard [8, 16, 32, 64].contains(bits) else {
            throw problems.damage("positions of \(bits) bits in column '\(name)'", expected: "8, 16, 32 or 64")
        }
        let size = Int(bits / 8)
        return try type.bool(1)
            ? .init(type: .int64, storage: .signed(size)) : .init(type: .uint64, storage: .unsigned(size))
    }
}
