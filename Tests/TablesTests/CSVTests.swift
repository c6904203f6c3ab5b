import Basics
import Tables
import TestSupport
import Testing

@Suite struct CSVTests {
    static func rows(_ text: String) throws -> [[String]] {
        let directory = try TemporaryDirectory()
        let path = try directory.write(text, to: "t.csv")
        var rows: [[String]] = []
        try CSVScanner.scan(path) { record in rows.append((0..<record.count).map { record.text($0) }) }
        return rows
    }

    @Test("quotes, doubled quotes, newlines inside quotes, CRLF, a missing last newline, a byte-order mark")
    func dialects() throws {
        #expect(try CSVTests.rows("a,b\n1,2\n") == [["a", "b"], ["1", "2"]])
        #expect(
            try CSVTests.rows("\u{FEFF}a,b\r\n\"x,\"\"y\"\"\",\"two\nlines\"\r\n\r\n,") == [
                ["a", "b"], ["x,\"y\"", "two\nlines"], ["", ""],
            ])
    }

    @Test("a quote that is not closed is an error with its line")
    func openQuote() {
        let error = #expect(throws: Failure.self) { try CSVTests.rows("a\n\"never closed") }
        #expect(error?.message.contains(":2:") == true)
    }

    @Test("writing and reading are inverse over many seeds", arguments: 0..<100)
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let pieces = ["a", ",", "\"", "\n", "é", " ", "1.5"]
        let texts = (0..<20).map { _ in
            (0..<random.index(below: 5)).map { _ in pieces[random.index(below: pieces.count)] }.joined()
        }
        let numbers = (0..<20).map { _ in (random.uniform() - 0.5) * 1e9 }
        var table = Table()
        table.append("text", .text(texts))
        table.append("number", .float64(numbers))
        let directory = try TemporaryDirectory()
        try table.writeCSV(to: directory.file("t.csv"))
        var found: [[String]] = []
        try CSVScanner.scan(directory.file("t.csv")) { record in
            found.append((0..<record.count).map { record.text($0) })
        }
        #expect(Array(found.dropFirst()) == zip(texts, numbers).map { [$0, $1.description] }, "seed \(seed)")
    }

    @Test("never traps on random bytes", arguments: 0..<200)
    func hostile(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let alphabet = Array("ab,\"\n\r\u{1}".utf8) + [0xFF, 0x1F, 0x8B]
        let directory = try TemporaryDirectory()
        try AtomicFile.write(
            (0..<400).map { _ in alphabet[random.index(below: alphabet.count)] }, to: directory.file("x"))
        try? CSVScanner.scan(directory.file("x")) { record in for i in 0..<record.count { _ = record.text(i) } }
    }

    @Test("compressed data that is cut short is an error, not a short file")
    func cutGzip() throws {
        let directory = try TemporaryDirectory()
        let text = try directory.write((0..<5000).map { "\($0),\($0 * 7919 % 1000)\n" }.joined(), to: "t.csv")
        #expect(try RunProgram.run("/usr/bin/env", ["gzip", "-k", text], in: directory.path).status == 0)
        let bytes = try FileChunks.bytes(text + ".gz")
        var count = 0
        try CSVScanner.scan(text + ".gz") { _ in count += 1 }
        #expect(count == 5000)
        try AtomicFile.write(Array(bytes.prefix(bytes.count / 2)), to: directory.file("cut.gz"))
        #expect(throws: Failure.self) { try CSVScanner.scan(directory.file("cut.gz")) { _ in } }
        // Two members one after the other are one file.
        try AtomicFile.write(bytes + bytes, to: directory.file("two.gz"))
        count = 0
        try CSVScanner.scan(directory.file("two.gz")) { _ in count += 1 }
        #expect(count == 10_000)
    }
}

@Suite struct FixedPointTests {
    static func parse(_ text: String, _ decimals: Int, rounds: Bool = false) throws(FixedPoint.Problem) -> Int64 {
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<Int64, FixedPoint.Problem> in
            do throws(FixedPoint.Problem) {
                return .success(try FixedPoint.parse(buffer, decimals: decimals, rounds: rounds))
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    @Test("exact decimals, rounding where it is asked for, refusal where it is not")
    func values() throws {
        #expect(try FixedPointTests.parse("211.0400", 4) == 2_110_400)
        #expect(try FixedPointTests.parse("-0.5", 4) == -5000)
        #expect(try FixedPointTests.parse("829753.0", 0) == 829_753)
        #expect(try FixedPointTests.parse("169.8000030517578", 4, rounds: true) == 1_698_000)
        #expect(try FixedPointTests.parse("1e3", 2) == 100_000)
        #expect(throws: FixedPoint.Problem.tooManyDecimals(found: 5)) { try FixedPointTests.parse("1.00001", 4) }
        #expect(throws: FixedPoint.Problem.empty) { try FixedPointTests.parse("", 4) }
        for text in ["nan", "1.2.3", "--1", "1-", ".", "-", "0x10"] {
            #expect(throws: FixedPoint.Problem.self) { try FixedPointTests.parse(text, 4) }
        }
        #expect(throws: FixedPoint.Problem.outOfRange) { try FixedPointTests.parse("99999999999999999999", 0) }
        // Rounding up from the largest value.
        #expect(try FixedPointTests.parse("9223372036854775807.4", 0, rounds: true) == .max)
        #expect(throws: FixedPoint.Problem.outOfRange) {
            try FixedPointTests.parse("9223372036854775807.9", 0, rounds: true)
        }
    }

    @Test("text and value are inverse", arguments: 0..<10)
    func inverse(decimals: Int) throws {
        var random = SeededRandom(seed: UInt64(decimals))
        for _ in 0..<200 {
            let value = Int64(truncatingIfNeeded: random.next()) >> 8
            #expect(try FixedPointTests.parse(FixedPoint.text(value, decimals: decimals), decimals) == value)
        }
    }
}
