/// What stands in front of a batch: its kind, and where its buffers lie in the body behind it.
struct ArrowMessage {
    enum Header {
        case schema(FlatTable)
        case dictionary(id: Int64, isDelta: Bool, ArrowBatchHeader)
        case batch(ArrowBatchHeader)
    }

    let header: Header
    /// Bytes of the body.
    let bodySize: Int

    init(_ bytes: [UInt8], _ problems: ArrowProblems) throws {
        let table = try FlatTable(root: bytes, problems)
        try ArrowMessage.checkVersion(try table.number(0, or: 0), problems)
        guard let body = Int(exactly: try table.number(3, or: Int64(0))), body >= 0,
            let inner = try table.table(2)
        else { throw problems.damage("a message without a header", expected: "a batch") }
        bodySize = body
        let kind: UInt8 = try table.number(1, or: 0)
        switch kind {
        case 1: header = .schema(inner)
        case 2:
            guard let batch = try inner.table(1) else {
                throw problems.damage("a dictionary without values", expected: "values")
            }
            header = .dictionary(
                id: try inner.number(0, or: 0), isDelta: try inner.bool(2),
                try ArrowBatchHeader(batch, bodySize: body, problems))
        case 3: header = .batch(try ArrowBatchHeader(inner, bodySize: body, problems))
        case 4, 5: throw problems.refusal("a tensor")
        default: throw problems.damage("a message of kind \(kind)", expected: "a schema, dictionary or batch")
        }
    }

    /// Versions 4 and 5 lie alike but for unions; those before are of 2016 and 2017.
    static func checkVersion(_ version: Int16, _ problems: ArrowProblems) throws {
        guard version == 3 || version == 4 else {
            throw problems.refusal("version \(Int(version) + 1) of the format, which is neither 4 nor 5,")
        }
    }
}

/// Where the parts of a batch lie in its body.
struct ArrowBatchHeader {
    let rowCount: Int
    /// Rows and empty cells of each column.
    let nodes: [(rows: Int64, nulls: Int64)]
    /// In the body, checked to lie in it.
    let buffers: [Range<Int>]
    /// Buffers of bytes of each column of views.
    let viewBufferCounts: [Int64]
    /// `none`, `lz4Frame` or `zstd`.
    let compression: Codec

    /// More rows than Arrow itself recommends for one array.
    private static let mostRows = Int64(Int32.max)

    init(_ table: FlatTable, bodySize: Int, _ problems: ArrowProblems) throws {
        let rows: Int64 = try table.number(0, or: 0)
        guard rows >= 0, rows <= ArrowBatchHeader.mostRows else {
            throw problems.damage("a batch of \(rows) rows", expected: "at most \(ArrowBatchHeader.mostRows)")
        }
        rowCount = Int(rows)
        nodes = try table.words(1, perElement: 2).map { ($0[0], $0[1]) }
        buffers = try table.words(2, perElement: 2).map { place in
            guard place[0] >= 0, place[1] >= 0, place[0] <= bodySize, place[1] <= Int64(bodySize) - place[0] else {
                throw problems.damage(
                    "a buffer of \(place[1]) bytes at byte \(place[0])", expected: "one in a body of \(bodySize) bytes")
            }
            return Int(place[0])..<Int(place[0] + place[1])
        }
        viewBufferCounts = try table.words(4, perElement: 1).map { $0[0] }
        guard let compressed = try table.table(3) else {
            compression = .none
            return
        }
        let codec: Int8 = try compressed.number(0, or: 0), method: Int8 = try compressed.number(1, or: 0)
        guard method == 0, codec == 0 || codec == 1 else {
            throw problems.refusal("compression \(codec) with method \(method)")
        }
        compression = codec == 0 ? .lz4Frame : .zstd
    }
}
