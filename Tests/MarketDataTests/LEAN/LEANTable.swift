import Basics
import MarketData
import Tables
import TestSupport

/// All rows of a file's table as plain columns: what tests compare.
struct LEANTable {
    var columns: [String: [Int64]] = [:]
    var missing: [String: Int] = [:]
    var texts: [String: [String: Int]] = [:]
    var rows = 0
    var largestChunk = 0

    init(_ source: any ChunkSource) throws {
        while let chunk = try source.next() {
            rows += chunk.rowCount
            largestChunk = max(largestChunk, chunk.rowCount)
            for (field, column) in zip(chunk.fields, chunk.columns) {
                missing[field.name, default: 0] += column.validity.nullCount
                switch column.values {
                case .int64(let values): columns[field.name, default: []] += values
                case .text(let text):
                    var counts = [Int](repeating: 0, count: text.values.count)
                    for (row, code) in text.codes.enumerated() where column.validity[row] { counts[Int(code)] += 1 }
                    for (value, count) in zip(text.values, counts) {
                        texts[field.name, default: [:]][value, default: 0] += count
                    }
                default: break
                }
            }
        }
    }

    /// Of a file that is found by its bytes.
    static func find(_ path: String) throws -> any FoundFile { try FoundFiles.find(path) }

    static func read(_ path: String) throws -> LEANTable {
        let file = try find(path)
        return try LEANTable(file.read(file.tables[0]))
    }

    static func shared(_ name: String) throws -> LEANTable { try read(SharedData.path("data/lean/\(name)")) }

    subscript(column: String) -> [Int64] { columns[column] ?? [] }
    func sum(_ column: String) -> Int64 { self[column].reduce(0, &+) }
}
