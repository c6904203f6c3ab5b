import Basics
import DataQuality
import MarketData
import TestSupport
import Testing

/// A vendor's file a day and one file of the same rows are the same bars.
@Suite struct SeveralFilesTests {
    private static let suite = """
        {"expectations": ["not_null", "increasing_time", "high_low", "outlier_returns",
          {"expect": "gaps", "maximumBars": 3}]}
        """

    /// Sessions of five-minute bars from Monday, 12 May 2025.
    private static func rows(days: Int) -> [String] {
        (0..<days).flatMap { day in QualityTests.good.map { $0.replacing("2025-05-12", with: "2025-05-\(12 + day)") } }
    }

    private static func report(_ parts: [[String]]) throws -> CheckReport {
        let directory = try TemporaryDirectory()
        var checker = try QualityChecker(QualitySuite(JSONParser.parse(suite)), market: MarketSpec())
        for (index, rows) in parts.enumerated() {
            let name = "X_2025-05-\(12 + index).csv"
            try checker.check(directory.write(QualityTests.header + rows.joined(), to: name), shownAs: name)
        }
        return try checker.report(subject: "X")
    }

    private static func verdicts(_ report: CheckReport) -> [String] {
        report.items.map {
            "\($0.name) \($0.status) \($0.values[key: "offending"]?.intValue ?? -1) "
                + "\($0.values[key: "checked"]?.intValue ?? -1)"
        }
    }

    @Test("what is missing between two files is missing: the end of a day, a whole day")
    func between() throws {
        let all = Self.rows(days: 5)
        // Monday ends at 11:10; Wednesday has no file: 57 bars and 78 bars.
        let report = try Self.report([Array(all[0..<21]), Array(all[78..<156]), Array(all[234..<390])])
        let gaps = try #require(report.items.first { $0.name == "gaps" })
        #expect(gaps.status == .failed && gaps.values[key: "offending"]?.intValue == 57 + 78)
        #expect(gaps.values[key: "checked"]?.intValue == 390)
        #expect(gaps.evidence.count == 2, "\(gaps.evidence)")
    }

    @Test("a row that an earlier file has as well is no increase in time")
    func overlap() throws {
        let all = Self.rows(days: 1)
        let report = try Self.report([Array(all[0..<40]), Array(all[39..<78])])
        let order = try #require(report.items.first { $0.name == "increasing_time" })
        #expect(order.status == .failed && order.values[key: "offending"]?.intValue == 1)
        #expect(order.evidence.first?.hasPrefix("X_2025-05-13.csv:2") == true, "\(order.evidence)")
    }

    @Test("however the rows are cut into files, the verdict is that of one file", arguments: 0..<12)
    func property(_ seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var rows = Self.rows(days: 5)
        for _ in 0..<next(5) {
            let start = next(rows.count - 90)
            rows.removeSubrange(start..<start + 1 + next(85))
        }
        rows[next(rows.count)].replace(",11,9,", with: ",9,11,")
        var parts: [[String]] = [], start = 0
        while start < rows.count {
            let end = min(rows.count, start + 1 + next(100))
            parts.append(Array(rows[start..<end]))
            start = end
        }
        #expect(try Self.verdicts(Self.report(parts)) == Self.verdicts(Self.report([rows])))
    }

    @Test("a check that saw no row fails; one empty file among others is named")
    func nothing() throws {
        let none = try Self.report([[]])
        #expect(!none.isPassed && none.items.last?.name == "has_rows" && none.items.last?.status == .failed)
        let one = try Self.report([[], Self.rows(days: 1)])
        #expect(one.isPassed && one.items.last?.status == .warned)
        #expect(one.items.last?.evidence == ["X_2025-05-12.csv"])
        #expect(try Self.report([Self.rows(days: 1)]).items.count == 5)
    }
}
