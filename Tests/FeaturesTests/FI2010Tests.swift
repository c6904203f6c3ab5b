import Basics
import Features
import Foundation
import Tensors
import TestSupport
import Testing

/// Made-up files in FI-2010's format: 149 rows of fixed-width numbers, each row ended by two bytes.
@Suite struct FI2010Tests {
    static func text(_ columns: Int, label: (Int, Int) -> Int = { row, column in (row + column) % 3 + 1 }) -> String {
        (0..<149).map { row in
            (0..<columns).map { column in
                row < 144
                    ? String(format: "%16.7e", Double(row) + Double(column) / 1000)
                    : String(format: "%16.7e", Double(label(row - 144, column)))
            }.joined() + "  \n"
        }.joined()
    }

    @Test(
        "columns become rows, files segments, and each horizon takes its own labels", arguments: FI2010Reader.horizons)
    func reads(horizon: Int) throws {
        let directory = try TemporaryDirectory()
        try AtomicFile.write(FI2010Tests.text(50), to: directory.file("a.txt"))
        try AtomicFile.write(FI2010Tests.text(20), to: directory.file("b.txt"))
        let table = try FI2010Reader(horizon: horizon).read(
            [directory.file("a.txt"), directory.file("b.txt")], source: "")
        #expect(
            table.rowCount == 70 && table.width == 40 && table.featureNames[1] == "ask_size_1"
                && table.featureNames[39] == "bid_size_10")
        #expect(
            table.values[7 * 40 + 39] == 39.007 && table.values[50 * 40] == 0 && table.segment[49] == 0
                && table.segment[50] == 1)
        let index = FI2010Reader.horizons.firstIndex(of: horizon) ?? 0
        #expect((0..<50).allSatisfy { table.move($0) == Double(2 - ((index + $0) % 3 + 1)) })
        // Label 1 is up, the last of our classes.
        #expect((0..<50).allSatisfy { table.label.target(table.move($0)) == Float([2, 1, 0][(index + $0) % 3]) })
        #expect(table.label.horizon == horizon / 10)
        let data = try WindowedDataset(table, window: 5, split: SplitSpec(test: 0.3, validation: 0.2))
        #expect(data.scaler.mean.allSatisfy { $0 == 0 } && data.test.last == 69)
        var window = [Float](repeating: 0, count: 5 * 40)
        table.copyWindow(endingAt: 20, rows: 5, scaler: data.scaler, into: &window)
        #expect(window[4 * 40 + 39] == table.values[20 * 40 + 39])
    }

    @Test("what is not FI-2010 is refused with its place", arguments: 0..<6)
    func refuses(kind: Int) throws {
        var lines = FI2010Tests.text(10).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        switch kind {
        case 0: lines.remove(at: 3)
        case 1: lines[2] = "1 2 3"
        case 2: lines[144] = lines[144].replacingOccurrences(of: "1.0", with: "4.0")
        case 3: lines[5] = lines[5].replacingOccurrences(of: "e+00", with: "x")
        case 4: lines = [""]
        default: lines[7] += " 1"
        }
        let directory = try TemporaryDirectory()
        try AtomicFile.write(lines.joined(separator: "\n"), to: directory.file("a.txt"))
        #expect(throws: ConfigError.self) {
            _ = try FI2010Reader(horizon: 10).read([directory.file("a.txt")], source: "")
        }
        #expect(throws: Failure.self) { _ = try FI2010Reader(horizon: 15) }
    }
}
