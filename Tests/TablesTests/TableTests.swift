import Basics
import Tables
import TestSupport
import Testing

@Suite struct TableTests {
    @Test("columns by name, cells as they read back, and what needs quotes in quotes")
    func writes() throws {
        var table = Table()
        #expect(table.rowCount == 0 && table["a"] == nil)
        table.append("a", .int64([1, -2]))
        table.append("b,c", .float64([0.1, .nan]))
        table.append("d", .text(["plain", "say \"hi\""]))
        #expect(table.rowCount == 2 && table.names == ["a", "b,c", "d"] && table["d"]?.count == 2)
        #expect(table["a"] == .int64([1, -2]) && table.columns.count == 3)
        let directory = try TemporaryDirectory()
        try table.writeCSV(to: directory.file("t.csv"))
        #expect(
            try FileChunks.text(directory.file("t.csv"))
                == "a,\"b,c\",d\n1,0.1,plain\n-2,,\"say \"\"hi\"\"\"\n")
    }
}

@Suite struct CSVRecordTests {
    @Test("lines and columns of a record are those of the file, over quoted newlines and blank lines")
    func places() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a;b\n\n\"x\ny\";  2\n;\r\nlast", to: "t.csv")
        var seen: [String] = []
        try CSVScanner.scan(path, separator: UInt8(ascii: ";")) { record in
            seen.append("\(record.line):" + (0..<record.count).map { "\(record.column($0))" }.joined(separator: ","))
        }
        // A quoted field begins behind its quote.
        #expect(seen == ["1:1,3", "3:1,6", "5:1,2", "6:1"], "\(seen)")
    }

    @Test("text behind a closing quote is an error with line and column")
    func afterQuote() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a\n\"b\"c\n", to: "t.csv")
        let error = #expect(throws: Failure.self) { try CSVScanner.scan(path) { _ in } }
        #expect(
            error?.code == "csv.syntax" && error?.message.contains(":2:4: found text after a closing quote") == true)
    }

    @Test("a record of a mebibyte is read, a longer one is refused")
    func longest() throws {
        let directory = try TemporaryDirectory()
        var longest = 0
        let fits = try directory.write(String(repeating: "x", count: 1 << 20) + "\nb\n", to: "fits.csv")
        try CSVScanner.scan(fits) { longest = max(longest, $0.bytes(0).count) }
        #expect(longest == 1 << 20)
        let path = try directory.write(String(repeating: "x", count: 3 << 20), to: "long.csv")
        let error = #expect(throws: Failure.self) { try CSVScanner.scan(path) { _ in } }
        #expect(error?.message.contains("found a record of more than 1048576 bytes") == true)
    }

    @Test("a file without bytes has no record; one that is not there is an error")
    func empty() throws {
        let directory = try TemporaryDirectory()
        var count = 0
        try CSVScanner.scan(directory.write("", to: "e.csv")) { _ in count += 1 }
        try CSVScanner.scan(directory.write("\u{FEFF}", to: "b.csv")) { _ in count += 1 }
        #expect(count == 0)
        #expect(throws: FileError.self) { try CSVScanner.scan(directory.file("none")) { _ in } }
    }
}

@Suite struct FixedPointRoundingTests {
    @Test(
        "half away from zero where it is asked for",
        arguments: [
            ("0.5", 0, Int64(1)), ("0.49999", 0, 0), ("-0.5", 0, -1), ("1.005", 2, 101), ("1.0049", 2, 100),
            ("9.995", 2, 1000), ("+2", 1, 20), ("2.", 1, 20), (".5", 1, 5), ("1.5e1", 1, 150), ("25E-2", 1, 3),
        ])
    func rounds(text: String, decimals: Int, expected: Int64) throws {
        #expect(try FixedPointTests.parse(text, decimals, rounds: true) == expected)
    }

    @Test("zeros behind the scale are no decimals; the largest number fits and one more does not")
    func limits() throws {
        #expect(try FixedPointTests.parse("1.50000", 1) == 15)
        #expect(throws: FixedPoint.Problem.tooManyDecimals(found: 3)) { try FixedPointTests.parse("1.5010", 1) }
        #expect(try FixedPointTests.parse("9223372036854775807", 0) == .max)
        #expect(throws: FixedPoint.Problem.outOfRange) { try FixedPointTests.parse("9223372036854775808", 0) }
        #expect(try FixedPointTests.parse("922337203685477.5807", 4) == .max)
        #expect(throws: FixedPoint.Problem.outOfRange) { try FixedPointTests.parse("922337203685478", 4) }
        #expect(throws: FixedPoint.Problem.outOfRange) { try FixedPointTests.parse("1e30", 0) }
        #expect(try FixedPoint.scale(-2.5, decimals: 0) == -3 && FixedPoint.scale(1.25, decimals: 1) == 13)
        #expect(throws: FixedPoint.Problem.outOfRange) { try FixedPoint.scale(.nan, decimals: 0) }
        #expect(throws: FixedPoint.Problem.outOfRange) { try FixedPoint.scale(9.3e18, decimals: 0) }
    }

    @Test("text has exactly the decimals of the scale")
    func text() {
        #expect(FixedPoint.text(5, decimals: 0) == "5" && FixedPoint.text(-5, decimals: 2) == "-0.05")
        #expect(FixedPoint.text(1200, decimals: 3) == "1.200" && FixedPoint.text(0, decimals: 1) == "0.0")
        #expect(FixedPoint.text(.min, decimals: 4) == "-922337203685477.5808")
        #expect(FixedPoint.powers[0] == 1 && FixedPoint.powers[18] == 1_000_000_000_000_000_000)
    }
}
