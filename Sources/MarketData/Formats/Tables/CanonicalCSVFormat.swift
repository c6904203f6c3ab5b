import Basics
import Tables

/// Canonical tables that hftml wrote as CSV, read back as they are: a header with exactly their columns, times in UTC,
/// prices and sizes with all their decimals in every row.
package enum CanonicalCSVFormat: FileFormat {
    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        let first = String(
            decoding: head.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        let names = first.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard let kind = CanonicalTableFile.kind(names.map { Field($0, .text) }) else { return nil }
        var scales = [Int?](repeating: nil, count: names.count)
        func fields(_ price: Int, _ size: Int) -> [Field] {
            CanonicalTableFile.own(kind, names.count, priceDecimals: price, sizeDecimals: size)
        }
        // Which columns are prices, and which are sizes: those whose scale follows the one and the other.
        let isPrice = zip(fields(1, 0), fields(0, 0)).map { $0.type != $1.type }
        let isSize = zip(fields(0, 1), fields(0, 0)).map { $0.type != $1.type }
        let records = try CSVRecords(path, separator: UInt8(ascii: ","))
        _ = try records.next()
        let wanted = names.indices.filter { isPrice[$0] || isSize[$0] }
        while wanted.contains(where: { scales[$0] == nil }), try records.next() {
            for index in wanted where scales[index] == nil && index < records.count && !records.bytes(index).isEmpty {
                let cell = records.bytes(index)
                scales[index] = cell.lastIndex(of: UInt8(ascii: ".")).map { cell.count - $0 - 1 } ?? 0
            }
        }
        guard scales.allSatisfy({ $0.map { (0...ExactDecimal.largestScale).contains($0) } ?? true }) else {
            throw Failure(
                "data.cell", "found a number of more than \(ExactDecimal.largestScale) decimals in '\(path)'",
                hint: "write the table again: hftml data convert")
        }
        func scale(_ isWanted: [Bool]) -> Int { wanted.filter { isWanted[$0] }.compactMap { scales[$0] }.max() ?? 0 }
        return CanonicalCSVFile(path: path, kind: kind, fields: fields(scale(isPrice), scale(isSize)))
    }
}

/// One canonical table in CSV.
struct CanonicalCSVFile: FoundFile {
    let path: String
    let kind: CanonicalKind
    let fields: [Field]

    var kindName: String { "canonical table as CSV" }
    var tables: [CanonicalKind] { [kind] }
    var notes: [String] { [] }

    func read(_ table: CanonicalKind) throws -> any ChunkSource {
        RequiredCells(try CanonicalCSVChunks(path, fields), path: path, kind: kind)
    }
}

/// Its rows, chunk by chunk.
private final class CanonicalCSVChunks: ChunkSource {
    let fields: [Field]
    private let records: CSVRecords

    init(_ path: String, _ fields: [Field]) throws {
        self.fields = fields
        records = try CSVRecords(path, separator: UInt8(ascii: ","))
        _ = try records.next()
    }

    func next() throws -> TableChunk? {
        var integers = [[Int64]](repeating: [], count: fields.count), rows = 0
        var texts = fields.map { _ in DictionaryText() },
            codes = [[String: UInt32]](repeating: [:], count: fields.count)
        var validity = fields.map { _ in Validity() }
        while rows < TableChunk.usualRows, try records.next() {
            guard records.count == fields.count else {
                throw fault(0, "found \(records.count) cells, expected \(fields.count)")
            }
            for (index, field) in fields.enumerated() {
                let isEmpty = records.bytes(index).isEmpty
                guard !isEmpty || field.isOptional else { throw fault(index, "found no '\(field.name)'") }
                validity[index].append(!isEmpty)
                if field.type == .text {
                    let text = records.text(index)
                    let code = codes[index][text] ?? UInt32(truncatingIfNeeded: texts[index].values.count)
                    if codes[index].updateValue(code, forKey: text) == nil { texts[index].values.append(text) }
                    texts[index].codes.append(code)
                } else {
                    integers[index].append(isEmpty ? 0 : try number(index, field))
                }
            }
            rows += 1
        }
        guard rows > 0 else { return nil }
        let columns = fields.indices.map { index in
            ColumnVector(
                fields[index].type == .text ? .text(texts[index]) : .int64(integers[index]), validity: validity[index])
        }
        return TableChunk(fields: fields, columns: columns, rowCount: rows)
    }

    private func number(_ index: Int, _ field: Field) throws -> Int64 {
        switch field.type {
        case .timestamp:
            if let time = TimeText.parseUTC(records.text(index)) { return time }
            throw fault(
                index, "found '\(records.text(index).prefix(40))', expected a time such as 2025-01-06T14:30:00Z")
        case .decimal(let scale):
            if let value = try? FixedPoint.parse(records.bytes(index), decimals: scale, rounds: false) { return value }
            throw fault(
                index, "found '\(records.text(index).prefix(40))', expected a number of at most \(scale) decimals")
        default:
            if let value = Int64(records.text(index)) { return value }
            throw fault(index, "found '\(records.text(index).prefix(40))', expected a whole number")
        }
    }

    private func fault(_ index: Int, _ reason: String) -> Failure {
        Failure("data.cell", "\(records.place(index)): \(reason)", hint: "write the table again: hftml data convert")
    }
}
