import Basics
import DataVersioning
import Testing

@Suite("Patterns of partitions' names")
struct PartitionPatternTests {
    private func read(_ pattern: String, _ name: String) throws -> String? {
        try PartitionPattern(pattern).key(of: name)?.description
    }

    @Test("fields are read as they were written, tickers with dots and underscores among them")
    func fields() throws {
        let daily = "raw/{date:%Y-%m-%d}_{symbol}.csv.gz"
        #expect(try read(daily, "raw/2024-03-01_BRK.B.csv.gz") == "date=2024-03-01 symbol=BRK.B")
        #expect(try read(daily, "raw/2024-03-01_0700.HK.csv.gz") == "date=2024-03-01 symbol=0700.HK")
        #expect(try read(daily, "raw/2024-03-01_ES_H24.csv.gz") == "date=2024-03-01 symbol=ES_H24")
        #expect(try read(daily, "raw/2024-03-01_.csv.gz") == nil)
        #expect(try read(daily, "raw/2024-03-01_A/B.csv.gz") == nil)
        #expect(try read(daily, "raw/2024-03-01_AAPL.csv") == nil)
        #expect(try read("{d:%Y%j}", "2024366") == "d=2024-12-31")
        #expect(try read("{t:%Y%m%d%H%M%S}", "20240301093015") == "t=2024-03-01T09:30:15")
        #expect(try read("{m:%Y%m}/*.parquet", "202403/x.y.parquet") == "m=2024-03")
        #expect(try read("part-{n:int}.csv", "part--7.csv") == "n=-7")
        #expect(try PartitionPattern(daily).key(of: "raw/2024-03-01_A.csv.gz")?.day == CivilDate("2024-03-01"))
    }

    @Test(
        "a name that can be read in two ways, and a time that does not exist, are refused",
        arguments: [
            ("{a}_{b}", "x_y_z", "a=x_y b=z or a=x b=y_z"), ("{d:%Y-%m-%d}.csv", "2023-02-29.csv", "2023-02-29"),
            ("{d:%Y%j}", "2023366", "2023366"), ("{d:%Y%m%d%H}", "2023010124", "2023010124"),
            ("{n:int}", "9999999999999999999", "18 digits"), ("{d:%Y}", "9999", "9999"),
        ])
    func refused(pattern: String, name: String, expected: String) throws {
        let error = #expect(throws: Failure.self) { try PartitionPattern(pattern).key(of: name) }
        #expect(error?.code == "partition.name")
        #expect(error?.message.contains(expected) == true)
    }

    @Test("two readings of what has no name are one key")
    func unnamed() throws {
        #expect(try read("*{date:%Y}*", "a2024b") == "date=2024")
        #expect(throws: Failure.self) { try read("*{date:%Y}*", "20242025") }
    }

    @Test(
        "a pattern that says nothing or too little names its column",
        arguments: [
            ("{date:%d}", "1"), ("{date:%Y-%d}", "1"), ("x{}", "2"), ("x{a", "2"), ("a}", "2"), ("{a}{a}", "4"),
            ("{a:float}", "1"), ("{a:%q}", "1"), ("{path}", "1"), ("{a:%Y%Y}", "1"), ("{a:%Y%H}", "1"),
            ("{a:%Y%}", "1"),
        ])
    func malformed(pattern: String, column: String) {
        let error = #expect(throws: Failure.self) { try PartitionPattern(pattern) }
        #expect(error?.code == "partition.pattern")
        #expect(error?.message.hasSuffix("column \(column)") == true)
    }

    @Test("a name of many stars costs no power of its length")
    func stars() throws {
        let pattern = String(repeating: "*a", count: 200), name = String(repeating: "a", count: 2_000) + "b"
        #expect(try read(pattern, name) == nil)
    }

    @Test("only a brace without a dollar is a field")
    func hasFields() {
        #expect(PartitionPattern.hasFields("raw/{date:%Y}.csv"))
        #expect(!PartitionPattern.hasFields("raw/${dir}/*.csv"))
    }
}

@Suite("Which partitions a filter means")
struct PartitionFilterTests {
    private static let pattern = "{date:%Y-%m-%d}_{symbol}_{n:int}"
    private static let names = [
        "2023-12-31_A_1", "2024-02-29_B_2", "2024-03-01_A_10", "2024-03-31_C_3", "2024-04-01_A_9", "2025-01-01_B_-4",
    ]

    private func chosen(_ filter: String) throws -> [Int] {
        let pattern = try PartitionPattern(PartitionFilterTests.pattern), filter = try PartitionFilter(filter)
        try filter.check(pattern)
        return try PartitionFilterTests.names.indices.filter {
            try filter.matches(#require(try pattern.key(of: PartitionFilterTests.names[$0])))
        }
    }

    @Test(
        "times stand for their spans, numbers compare as numbers, texts by their bytes",
        arguments: [
            ("date>=2024-03", [2, 3, 4, 5]), ("date > 2024-03", [4, 5]), ("date<=2024", [0, 1, 2, 3, 4]),
            ("date<2024", [0]), ("date=2024-03", [2, 3]), ("date!=2024-03", [0, 1, 4, 5]),
            ("date=2024-02-29", [1]), ("symbol=A", [0, 2, 4]), ("symbol != 'A'", [1, 3, 5]),
            ("symbol IN ('B', C)", [1, 3, 5]), ("symbol not in (A, B)", [3]), ("n>=3", [2, 3, 4]), ("n<0", [5]),
            ("date>=2024-03 and symbol=A and n<10", [4]), ("date IN (2023, 2024-04)", [0, 4]),
        ])
    func chosen(filter: String, expected: [Int]) throws { #expect(try chosen(filter) == expected) }

    @Test(
        "what cannot be answered is refused",
        arguments: [
            "symbol>5", "date>=March", "date=2024-13", "n=x", "data>=2024", "date>=2024-03-01T09", "date", "date>=",
            "date 2024", "symbol IN (A", "symbol IN ()", "symbol='A", "date>=2024 or n=1", "",
        ])
    func refused(filter: String) {
        let error = #expect(throws: Failure.self) { try chosen(filter) }
        #expect(error?.code == "partition.filter")
    }

    @Test("two symbols that differ only in Unicode form are two symbols")
    func bytes() throws {
        let pattern = try PartitionPattern("{s}")
        let filter = try PartitionFilter("s='caf\u{E9}'")
        try filter.check(pattern)
        #expect(try filter.matches(#require(try pattern.key(of: "caf\u{E9}"))))
        #expect(try !filter.matches(#require(try pattern.key(of: "cafe\u{301}"))))
    }
}
