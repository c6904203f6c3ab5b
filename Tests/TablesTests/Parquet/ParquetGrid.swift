import Basics
import Foundation
import Tables
import TestSupport

/// Tables that Python wrote, and their values as text.
enum ParquetGrid {
    /// A column as the text says it is.
    struct Expected {
        let field: Field
        let column: ColumnVector
    }

    /// Runs a script of the fixtures.
    static func run(_ python: String, _ script: String, _ arguments: [String]) throws -> RunProgram.Result {
        let path = "\(SharedData.repository)/Tests/TablesTests/Fixtures/\(script)"
        return try RunProgram.run(python, [path] + arguments, in: NSTemporaryDirectory())
    }

    static func expected(_ path: String) throws -> [Expected] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            let type = type(String(parts[1])), cells = parts[2...]
            var validity = Validity()
            for cell in cells { validity.append(cell != "-") }
            return Expected(
                field: Field(String(parts[0]), type), column: ColumnVector(values(type, cells), validity: validity))
        }
    }

    private static func type(_ text: String) -> ColumnType {
        let parts = text.split(separator: " ").map(String.init)
        let unit = parts.count > 1 ? ColumnType.Unit(rawValue: parts[1]) ?? .second : .second
        return switch parts[0] {
        case "bool": .bool
        case "int64": .int64
        case "uint64": .uint64
        case "float32": .float32
        case "float64": .float64
        case "date": .date
        case "time": .timeOfDay(unit)
        case "timestamp": .timestamp(unit, isUTC: parts[2] == "true")
        case "decimal": .decimal(scale: Int(parts[1]) ?? 0)
        case "text": .text
        case "null": .null
        default: .binary
        }
    }

    private static func values(_ type: ColumnType, _ cells: ArraySlice<Substring>) -> ColumnVector.Values {
        switch type {
        case .bool: .bool(cells.map { $0 == "1" })
        case .uint64: .uint64(cells.map { UInt64($0) ?? 0 })
        case .float32, .float64:
            .float64(
                cells.map { $0 == "-" || $0 == "nan" ? .nan : Double(bitPattern: UInt64($0) ?? 0) })
        case .text:
            .text(
                DictionaryText(
                    values: cells.map { String(decoding: bytes($0), as: UTF8.self) },
                    codes: (0..<cells.count).map { UInt32($0) }))
        case .binary: .binary(cells.map(bytes))
        case .null: .null(count: cells.count)
        default: .int64(cells.map { Int64($0) ?? 0 })
        }
    }

    private static func bytes(_ hex: Substring) -> [UInt8] {
        let digits = Array(hex.utf8.dropFirst())
        return stride(from: 0, to: digits.count - 1, by: 2).map { at in
            UInt8(String(decoding: digits[at...at + 1], as: UTF8.self), radix: 16) ?? 0
        }
    }

    /// All rows of a table in one chunk.
    static func all(_ source: any ChunkSource) throws -> TableChunk {
        var rows = TableRows(fields: source.fields)
        while let chunk = try source.next() { rows.append(chunk, upTo: .max) }
        return rows.chunk
    }

    /// What differs between two columns; nil where nothing does, to the bit.
    static func difference(_ a: ColumnVector, _ b: ColumnVector) -> String? {
        guard a.count == b.count else { return "\(a.count) rows, not \(b.count)" }
        guard a.validity == b.validity else { return "other cells are empty" }
        switch (a.values, b.values) {
        case (.float64(let x), .float64(let y)):
            for row in 0..<x.count where x[row].bitPattern != y[row].bitPattern && !(x[row].isNaN && y[row].isNaN) {
                return "row \(row): \(x[row]), not \(y[row])"
            }
        case (.text(let x), .text(let y)):
            for row in 0..<a.count where a.validity[row] && x[row] != y[row] {
                return "row \(row): '\(x[row])', not '\(y[row])'"
            }
        case (.int64(let x), .int64(let y)):
            for row in 0..<x.count where x[row] != y[row] { return "row \(row): \(x[row]), not \(y[row])" }
        default: return a.values == b.values ? nil : "other values"
        }
        return nil
    }
}
