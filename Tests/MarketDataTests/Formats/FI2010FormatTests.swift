import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// FI-2010's layout: 149 rows of numbers, a column for every ten events.
@Suite struct FI2010FormatTests {
    /// The number of a row and column of a made file: ten levels around 26.00, sizes, features, labels.
    static func value(_ row: Int, _ column: Int) -> String {
        let level = row / 4
        func text(_ number: Int, _ decimals: Int) -> String { FixedPoint.text(Int64(number), decimals: decimals) }
        switch row {
        case 0..<40:
            return switch row % 4 {
            case 0: text(260_100 + 100 * level + column, 6)
            case 1: text(1_000 + 10 * level + column, 5)
            case 2: text(260_000 - 100 * level + column, 6)
            default: text(2_000 + 10 * level + column, 5)
            }
        case 40..<144: return text(row - 90, 2)
        default: return "\(1 + (row + column) % 3).0000000e+00"
        }
    }

    static func text(_ columns: Int, rows: Int = 149, _ change: (Int, Int) -> String? = { _, _ in nil }) -> String {
        (0..<rows).map { row in
            "   " + (0..<columns).map { change(row, $0) ?? value(row, $0) }.joined(separator: "   ") + "\n"
        }.joined()
    }

    static func find(_ text: String, in directory: TemporaryDirectory) throws -> any FoundFile {
        let path = directory.file("Train_Dst_Auction_DecPre_CF_1.txt")
        try AtomicFile.write(text, to: path)
        return try FoundFiles.find(path)
    }

    @Test("every price and size of ten levels comes out as the file has it", arguments: [2, 130])
    func books(columns: Int) throws {
        let directory = try TemporaryDirectory()
        let file = try FI2010FormatTests.find(FI2010FormatTests.text(columns), in: directory)
        #expect(file.kindName == "FI-2010 books of 10 levels" && file.tables == [.bookSnapshots])
        #expect(file.notes.contains { $0.contains("the file has no times") })
        let source = try file.read(.bookSnapshots)
        let chunk = try #require(try source.next())
        #expect(try source.next() == nil && chunk.rowCount == columns)
        var compared = 0
        for level in 0..<10 {
            for (part, name) in ["ask_price", "ask_size", "bid_price", "bid_size"].enumerated() {
                let index = try #require(chunk.fields.firstIndex { $0.name == "\(name)_\(level + 1)" })
                for column in 0..<columns {
                    let cell = ColumnText.cell(chunk.columns[index], chunk.fields[index].type, column)
                    #expect(Double(cell) == Double(FI2010FormatTests.value(4 * level + part, column)))
                    compared += 1
                }
            }
        }
        #expect(compared == 40 * columns)
        let table = try LEANTable(file.read(.bookSnapshots))
        #expect(
            table["time"] == (0..<Int64(columns)).map { $0 } && table["position"] == (1...Int64(columns)).map { $0 })
    }

    @Test(
        "normalised values, and rows that do not fit, are refused by row and column",
        arguments: [
            (0, 1, "-0.5", ":1: column 2: found a value below zero"),
            (0, 1, "0.20", ":1: column 2: found a best ask that is not above the best bid"),
            (7, 0, "1,5", ":8: column 1: found no number"), (7, 0, "1   2", ":8: column 1: found 4 columns"),
        ])
    func refused(_ row: Int, _ column: Int, _ value: String, _ expected: String) throws {
        let directory = try TemporaryDirectory()
        let text = FI2010FormatTests.text(3) { $0 == row && $1 == column ? value : nil }
        let failure = #expect(throws: Failure.self) { try FI2010FormatTests.find(text, in: directory) }
        #expect(failure?.message.contains(expected) == true, "\(failure?.message ?? "")")
    }

    @Test("a file of another number of rows is none")
    func others() throws {
        let directory = try TemporaryDirectory()
        for rows in [148, 150] {
            let path = directory.file("x.txt"), text = FI2010FormatTests.text(3, rows: rows)
            try AtomicFile.write(text, to: path)
            #expect(try FI2010Format.find(path, head: Array(text.utf8)) == nil)
        }
    }

    @Test("damaged bytes give an error or a table")
    func fuzz() throws {
        try Mutations.run(FI2010FormatTests.text(2), count: 250) { path in
            let file = try FoundFiles.find(path)
            let source = try file.read(file.tables[0])
            while try source.next() != nil {}
        }
    }
}
