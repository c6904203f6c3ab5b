import Basics
import MarketData
import TestSupport
import Testing

/// Files of one instrument are one instrument.
@Suite struct BarFilesTests {
    private static let header = "datetime,open,high,low,close,volume\n"

    private static func day(_ day: Int) -> String {
        header + "2025-05-\(day) 10:00:00,1,2,0.5,1.5,\(day)\n2025-05-\(day) 10:05:00,1,2,0.5,1.5,\(day)\n"
    }

    private static func tables(
        _ files: [(String, String)], named: @escaping @Sendable (String) -> String? = { _ in nil }
    ) throws -> [BarTable] {
        let directory = try TemporaryDirectory()
        for (name, text) in files { try directory.write(text, to: name) }
        return try BarFiles(try BarReader.files(at: directory.path), named: named).tables(MarketSpec())
    }

    @Test("a file per day is one instrument in order of time, whatever the names sort like")
    func days() throws {
        let tables = try BarFilesTests.tables([
            ("AAPL_20250501.csv", BarFilesTests.day(14)), ("AAPL_20250502.csv", BarFilesTests.day(12)),
            ("AAPL_20250503.csv", BarFilesTests.day(13)), ("MSFT_5min.csv", BarFilesTests.day(12)),
        ])
        #expect(tables.map(\.instrument) == ["AAPL", "MSFT"])
        #expect(tables[0].volume == [12, 12, 13, 13, 14, 14] && tables[0].time == tables[0].time.sorted())
    }

    @Test("overlapping files, the same times twice and a file beside its compressed copy are refused by name")
    func overlaps() throws {
        for (files, names): ([(String, String)], [String]) in [
            (
                [("AAPL_5min.csv", BarFilesTests.day(12)), ("AAPL.csv", BarFilesTests.day(12))],
                ["AAPL_5min.csv'", "AAPL.csv'"]
            ),
            (
                [("AAPL_5min.csv", BarFilesTests.day(12)), ("AAPL_1min.csv", BarFilesTests.day(13))],
                ["AAPL_5min.csv'", "AAPL_1min.csv'"]
            ),
            (
                [
                    ("AAPL_2025.csv", BarFilesTests.day(12) + "2025-05-13 15:00:00,1,2,0.5,1.5,1\n"),
                    ("AAPL_2025-05-13.csv", BarFilesTests.day(13)),
                ], ["AAPL_2025.csv", "AAPL_2025-05-13.csv"]
            ),
            (
                [("AAPL_5min.csv", BarFilesTests.day(12)), ("AAPL_5min.csv.gz", BarFilesTests.day(12))],
                ["AAPL_5min.csv'", "AAPL_5min.csv.gz"]
            ),
        ] {
            let failure = #expect(throws: Failure.self) { try BarFilesTests.tables(files) }
            #expect(failure?.code == "data.instrument-files")
            for name in names { #expect(failure?.message.contains(name) == true) }
        }
    }

    @Test("a date is no instrument, unless a pattern says which part of the name is")
    func dates() throws {
        let files = [("2025-05-12_AAPL.csv", BarFilesTests.day(12)), ("2025-05-13_AAPL.csv", BarFilesTests.day(13))]
        let failure = #expect(throws: Failure.self) { try BarFilesTests.tables(files) }
        #expect(failure?.code == "data.instrument-name" && failure?.message.contains("2025-05-12_AAPL.csv") == true)
        let tables = try BarFilesTests.tables(files) { _ in "AAPL" }
        #expect(tables.map(\.instrument) == ["AAPL"] && tables.map(\.count) == [4])
    }

    @Test(
        "files whose names differ in digits alone and that never overlap are parts of one instrument",
        arguments: [
            ["BTCUSDT-5m-2025-05-12", "BTCUSDT-5m-2025-05-13"], ["ARM.2025-05-12", "ARM.2025-05-13"],
            ["ARM20250512", "ARM20250513"], ["2025", "2026"], ["12-05-2025", "13-05-2025"],
            ["part-00001", "part-00000", "part-00002"],
        ])
    func parts(names: [String]) throws {
        let files = names.enumerated().map { ("\($1).csv", BarFilesTests.day(12 + $0)) }
        let failure = #expect(throws: Failure.self) { try BarFilesTests.tables(files) }
        #expect(failure?.code == "data.instrument-name" && failure?.message.contains(names[0]) == true)
        // A recorded pattern knows better.
        let known = try BarFilesTests.tables(files) { Paths.name($0).replacing(".csv", with: "") + "X" }
        #expect(known.count == names.count)
    }

    @Test("instruments with numbers for names that trade at one time are instruments")
    func numbers() throws {
        let tables = try BarFilesTests.tables([
            ("600519.csv", BarFilesTests.day(12)), ("000001.csv", BarFilesTests.day(12)),
            ("ESH5_5min.csv", BarFilesTests.day(12)), ("ESM5_5min.csv", BarFilesTests.day(13)),
        ])
        #expect(tables.map(\.instrument).sorted() == ["000001", "600519", "ESH5", "ESM5"])
    }

    @Test("two classes of a share are two instruments; a file of actions is no file of bars")
    func classes() throws {
        let tables = try BarFilesTests.tables([
            ("BRK_A.csv", BarFilesTests.day(12)), ("BRK_B.csv", BarFilesTests.day(13)),
            ("BRK_A_5m_actions.csv", "date,kind\n"),
        ])
        #expect(tables.map(\.instrument) == ["BRK_A", "BRK_B"] && tables.map(\.count) == [2, 2])
    }

    @Test(
        "which names are dates",
        arguments: [
            ("2025-05-12", true), ("20250512", true), ("2025.05.12", true), ("2025-05", true), ("2025-05-12T09", true),
            ("20250512-late", true), ("AAPL", false), ("600519", false), ("202505", false), ("0700", false),
            ("20251399", false), ("2025-13-01", false), ("2025", false), ("202505121", false), ("", false),
        ])
    func isDate(name: String, expected: Bool) { #expect(BarFiles.isDate(name) == expected) }
}
