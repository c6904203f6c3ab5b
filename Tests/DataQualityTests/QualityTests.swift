import Basics
import DataQuality
import MarketData
import TestSupport
import Testing

@Suite struct QualityTests {
    static func check(_ csv: String, _ suite: String) throws -> CheckReport {
        let directory = try TemporaryDirectory()
        let file = try directory.write(csv, to: "X_5min.csv")
        var checker = try QualityChecker(try QualitySuite(JSONParser.parse(suite)), market: MarketSpec())
        try checker.check(file, shownAs: "X_5min.csv")
        return try checker.report(subject: "X")
    }

    static let header = "datetime,open,high,low,close,volume\n"
    static let good = (0..<78).map { i in
        "2025-05-12 \(padded(9 + (30 + i * 5) / 60, 2)):\(padded((30 + i * 5) % 60, 2)):00,10,11,9,10,100\n"
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let expectation: String
        let row: String
        var testDescription: String { expectation }
    }

    @Test(
        "each expectation finds its own fault with its line, and nothing else",
        arguments: [
            Fault(expectation: "not_null", row: "2025-05-12 09:45:00,,11,9,10,100\n"),
            Fault(expectation: "increasing_time", row: "2025-05-12 09:35:00,10,11,9,10,100\n"),
            Fault(expectation: "high_low", row: "2025-05-12 09:45:00,10,9,11,10,100\n"),
            Fault(expectation: "open_close_inside", row: "2025-05-12 09:45:00,12,11,9,10,100\n"),
            Fault(expectation: "positive_price", row: "2025-05-12 09:45:00,0,11,-1,10,100\n"),
            Fault(expectation: "nonnegative_volume", row: "2025-05-12 09:45:00,10,11,9,10,-1\n"),
            Fault(expectation: "outlier_returns", row: "2025-05-12 09:45:00,10,40,9,35,100\n"),
        ])
    func faults(_ fault: Fault) throws {
        var rows = QualityTests.good
        rows[3] = fault.row
        let suite = #"{"expectations": ["\#(fault.expectation)"]}"#
        #expect(try QualityTests.check(QualityTests.header + QualityTests.good.joined(), suite).isPassed)
        let report = try QualityTests.check(QualityTests.header + rows.joined(), suite)
        #expect(!report.isPassed)
        #expect(report.items[0].evidence.contains { $0.contains("5min.csv:5") }, "\(report.items[0].evidence)")
    }

    @Test("gaps are measured against the calendar: missing bars, a missing session, an early close")
    func gaps() throws {
        let suite = #"{"expectations": [{"expect": "gaps", "maximumBars": 3}]}"#
        var rows = QualityTests.good
        rows.removeSubrange(10..<13)
        #expect(try QualityTests.check(QualityTests.header + rows.joined(), suite).isPassed)
        rows.removeSubrange(10..<11)
        let report = try QualityTests.check(QualityTests.header + rows.joined(), suite)
        #expect(!report.isPassed && report.items[0].evidence.first?.contains("4 bars missing") == true)
        // A bar two days later: the whole Tuesday and most of the ends are missing.
        let late = try QualityTests.check(
            QualityTests.header + QualityTests.good.joined() + "2025-05-14 09:30:00,10,11,9,10,100\n", suite)
        #expect(late.items[0].evidence.contains { $0.contains("78 bars missing") })
        // 3 July 2025 closes at 13:00: 42 bars are all there are, and the weekend and the 4th promise none.
        let july = (0..<42).map {
            "2025-07-03 \(padded(9 + (30 + $0 * 5) / 60, 2)):\(padded((30 + $0 * 5) % 60, 2)):00,10,11,9,10,100\n"
        }.joined()
        #expect(
            try QualityTests.check(QualityTests.header + july + "2025-07-07 09:30:00,10,11,9,10,100\n", suite).isPassed)
    }

    @Test("bars of another interval than the market's fail: minutes taken as five minutes miss nothing")
    func interval() throws {
        let suite = #"{"expectations": ["gaps"]}"#
        // Of the minutes of a morning every seventh is missing.
        let minutes = (0..<120).filter { $0 % 7 != 6 }.map {
            "2025-05-12 \(padded(9 + (30 + $0) / 60, 2)):\(padded((30 + $0) % 60, 2)):00,10,11,9,10,100\n"
        }
        let report = try QualityTests.check(QualityTests.header + minutes.joined(), suite)
        #expect(!report.isPassed && report.items.map(\.name) == ["gaps", "interval"])
        #expect(report.items.last?.evidence == ["X_5min.csv:3: bars 1m apart"])
        let days = (1..<29).map { "2025-05-\(padded($0, 2)) 00:00:00,10,11,9,10,100\n" }
        let daily = try QualityTests.check(QualityTests.header + days.joined(), suite)
        #expect(!daily.isPassed && daily.items.last?.evidence == ["X_5min.csv:3: bars 1d apart"])
        // Five minutes with a hole of a quarter of an hour are five minutes.
        var rows = QualityTests.good
        rows.removeSubrange(10..<12)
        #expect(try QualityTests.check(QualityTests.header + rows.joined(), suite).items.map(\.name) == ["gaps"])
    }

    @Test("a warning does not fail the suite")
    func documents() throws {
        var rows = QualityTests.good
        rows[3] = "2025-05-12 09:45:00,10,9,11,<10>,100\n"
        let report = try QualityTests.check(
            QualityTests.header + rows.joined(), #"{"expectations": [{"expect": "not_null", "severity": "warning"}]}"#)
        #expect(report.isPassed && report.items[0].status == .warned)
        #expect(report.json[key: "passed"]?.boolValue == true)
    }

    @Test("a suite with an unknown expectation names the nearest; an empty one is an error")
    func suites() throws {
        let error = #expect(throws: ConfigError.self) {
            try QualitySuite(JSONParser.parse(#"{"expectations": ["hihg_low"]}"#))
        }
        #expect(error?.hint == "did you mean 'high_low'?")
        #expect(throws: ConfigError.self) { try QualitySuite(JSONParser.parse(#"{"expectations": []}"#)) }
    }
}
