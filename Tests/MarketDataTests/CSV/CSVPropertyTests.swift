import Basics
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct CSVPropertyTests {
    /// Files of a run: many where asked for.
    static let count = ProcessInfo.processInfo.environment["HFTML_CSV_FILES"].flatMap(Int.init) ?? 300
    static let firstSeed = ProcessInfo.processInfo.environment["HFTML_CSV_SEED"].flatMap(UInt64.init) ?? 1

    @Test("random bars in random dialects are read exactly or refused, never misread")
    func dialects() throws {
        let directory = try TemporaryDirectory()
        var read = 0, misread: [String] = []
        var refused: [String: Int] = [:]
        for seed in CSVPropertyTests.firstSeed..<CSVPropertyTests.firstSeed + UInt64(CSVPropertyTests.count) {
            let writer = CSVDialectWriter(seed: seed)
            let path = try directory.write(writer.text, to: "T.csv")
            do {
                let rows = try CSVTestRow.read(try CSVFormat.open(path))
                let problem = writer.mustBeRefused ? "is damaged" : difference(rows, writer)
                if let problem {
                    misread.append("seed \(seed): \(problem)\n\(writer.dialect)\n\(writer.text.prefix(400))")
                } else {
                    read += 1
                }
            } catch let failure as Failure {
                refused[writer.mustBeRefused ? "damaged" : failure.code, default: 0] += 1
                if ProcessInfo.processInfo.environment["HFTML_CSV_SHOW"] == failure.code {
                    print("seed \(seed): \(failure.message)\n\(writer.dialect)\n\(writer.text.prefix(300))")
                }
            }
        }
        let total = refused.values.reduce(0, +)
        print(
            "CSV dialects: \(read) read, \(total) refused \(refused.sorted { $0.key < $1.key }), \(misread.count) "
                + "misread"
        )
        #expect(misread.isEmpty, "\(misread.prefix(3).joined(separator: "\n"))")
        // Refusing everything would be no reader: what is refused are two readings and damage.
        #expect(read * 4 >= CSVPropertyTests.count * 3)
    }

    private func difference(_ found: [CSVTestRow], _ writer: CSVDialectWriter) -> String? {
        guard found.count == writer.rows.count else {
            return "found \(found.count) rows, expected \(writer.rows.count)"
        }
        for (a, b) in zip(found, writer.rows) {
            var expected = b
            if expected.cells.count < 5 { expected.cells.append("") }
            if !writer.intervalIsKnown { expected.known = a.known }
            guard a == expected, a.known > a.time else { return "found \(a), expected \(expected)" }
        }
        return nil
    }
}
