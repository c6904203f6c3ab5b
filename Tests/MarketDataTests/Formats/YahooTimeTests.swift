import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// When bars of Yahoo's charts are known, lunch breaks, actions inside long bars, and answers of several charts.
@Suite struct YahooTimeTests {
    static func utc(_ text: String) throws -> Int {
        Int(try Date(text + ":00Z", strategy: .iso8601).timeIntervalSince1970)
    }

    static func known(_ body: YahooMeaningTests.Body) throws -> [String] {
        try body.chart().knownTimes.map { TimeText.utc($0) }
    }

    @Test("a daily bar is known at the close of its own session: half-days, summer and winter, whatever today is")
    func daily() throws {
        // A day of summer, the day after Thanksgiving, which closes at 13:00, a Monday of winter.
        var body = YahooMeaningTests.body(
            "1d",
            [
                try YahooTimeTests.utc("2024-07-15T13:30"), try YahooTimeTests.utc("2024-11-29T14:30"),
                try YahooTimeTests.utc("2024-12-02T14:30"),
            ])
        let expected = ["2024-07-15T20:00:00Z", "2024-11-29T18:00:00Z", "2024-12-02T21:00:00Z"]
        #expect(try YahooTimeTests.known(body) == expected)
        // Today's session is a half-day, or a whole one: neither says anything of the bars before.
        for end in ["2024-12-24T18:00", "2024-12-23T21:00"] {
            let start = try YahooTimeTests.utc(end.prefix(11) + "14:30")
            body.meta["currentTradingPeriod"] =
                "{\"regular\":{\"start\":\(start),\"end\":\(try YahooTimeTests.utc(end))}}"
            #expect(try YahooTimeTests.known(body) == expected, "\(end)")
        }
        #expect(try body.chart().notes.contains { $0.contains("at the close of its session by the calendar XNYS") })
        let directory = try TemporaryDirectory(), path = try directory.write(body.text, to: "S.json")
        let table = try LEANTable.read(path)
        #expect(table["known_time"].map { TimeText.utc($0) } == expected)
        // Funds and exchanges without a calendar: when the local day is over.
        body.meta["instrumentType"] = "\"MUTUALFUND\""
        #expect(try YahooTimeTests.known(body)[1] == "2024-11-30T05:00:00Z")
        let berlin = YahooMeaningTests.body("1d", [try YahooTimeTests.utc("2024-12-02T08:00")], zone: "Europe/Berlin")
        #expect(try YahooTimeTests.known(berlin) == ["2024-12-02T23:00:00Z"])
        let bank = YahooMeaningTests.body("1d", [try YahooTimeTests.utc("2024-12-24T08:00")], zone: "Europe/London")
        #expect(try YahooTimeTests.known(bank) == ["2024-12-24T12:30:00Z"])
    }

    @Test(
        "longer bars are known when their period of the calendar is over",
        arguments: [
            ("1wk", "2024-11-25T05:00", "2024-12-02T05:00:00Z"), ("1wk", "2024-03-05T05:00", "2024-03-11T04:00:00Z"),
            ("1mo", "2024-02-01T05:00", "2024-03-01T05:00:00Z"), ("1mo", "2024-12-01T05:00", "2025-01-01T05:00:00Z"),
            ("3mo", "2024-11-01T04:00", "2025-02-01T05:00:00Z"), ("1y", "2024-01-01T05:00", "2025-01-01T05:00:00Z"),
        ])
    func periods(_ granularity: String, _ start: String, _ known: String) throws {
        let body = YahooMeaningTests.body(granularity, [try YahooTimeTests.utc(start)])
        #expect(try YahooTimeTests.known(body) == [known])
    }

    /// Bars of two days at wall-clock times of Asia.
    static func asia(_ zone: String, _ offset: Int, _ granularity: String, _ minutes: [Int]) -> YahooMeaningTests.Body {
        let midnight = 1_732_492_800 - offset * 3600
        return YahooMeaningTests.body(
            granularity, [0, 1].flatMap { day in minutes.map { midnight + day * 86_400 + $0 * 60 } }, zone: zone)
    }

    @Test(
        "grids begin anew after lunch, be there many bars or one",
        arguments: [
            ("Asia/Shanghai", 8, "60m", [570, 630, 780, 840], 900),
            ("Asia/Hong_Kong", 8, "60m", [570, 630, 690, 780, 840, 900], 960),
            ("Asia/Tokyo", 9, "60m", [540, 600, 660, 750, 810, 870], 930),
            ("Asia/Shanghai", 8, "90m", [570, 660, 780, 870], 900),
            ("Asia/Shanghai", 8, "30m", [570, 600, 630, 660, 780, 810, 840, 870], 900),
        ])
    func lunches(_ zone: String, _ offset: Int, _ granularity: String, _ minutes: [Int], _ close: Int) throws {
        var body = YahooTimeTests.asia(zone, offset, granularity, minutes)
        let all = body.stamps, midnight = 1_732_492_800 - offset * 3600, open = minutes[0]
        func session(_ day: Int) -> String {
            "{\"start\":\(midnight + day * 86_400 + open * 60),\"end\":\(midnight + day * 86_400 + close * 60)}"
        }
        let afternoon = try #require(minutes.firstIndex { $0 >= 750 })
        for meta in ["", "currentTradingPeriod", "tradingPeriods"] {
            body.stamps = all
            switch meta {
            case "currentTradingPeriod": body.meta[meta] = "{\"regular\":\(session(1))}"
            case "tradingPeriods": body.meta[meta] = "[[\(session(0))],[\(session(1))]]"
            default: break
            }
            let whole = try body.chart()
            #expect(whole.bars.count == all.count && whole.issues.isEmpty && whole.gaps.missing == 0, "\(whole.gaps)")
            // One day alone, and the first bar after lunch as the last of the answer.
            body.stamps = Array(all.prefix(afternoon + 1))
            let first = try body.chart()
            #expect(
                first.bars.count == afternoon + 1 && first.gaps.missing == 0, "\(meta): \(first.issues) \(first.gaps)")
            body.stamps = Array(all.prefix(minutes.count + afternoon + 1))
            #expect(try body.chart().bars.count == minutes.count + afternoon + 1, "\(meta)")
            // A live quote of the afternoon is none.
            body.stamps.append(body.stamps[body.stamps.count - 1] + 423)
            #expect(try body.chart().bars.count == minutes.count + afternoon + 1, "\(meta)")
        }
    }

    @Test("an answer of two charts is refused with the names of both")
    func twoResults() throws {
        let text = YahooMeaningTests.body("1d", [YahooMeaningTests.winter]).text
        let result = try #require(
            text.split(separator: "[", maxSplits: 1).last?.replacing("],\"error\":null}}", with: ""))
        let two = "{\"chart\":{\"result\":[\(result),\(result.replacing("\"S\"", with: "\"T\""))],\"error\":null}}"
        let directory = try TemporaryDirectory(), path = try directory.write(two, to: "two.json")
        for read in [
            { _ = try YahooChart.decode(Array(two.utf8), symbol: "S") }, { _ = try FoundFiles.find(path) },
            {
                var reader = try BarReader(MarketSpec())
                _ = try reader.read(path)
            },
        ] as [() throws -> Void] {
            let failure = #expect(throws: Failure.self) { try read() }
            #expect(failure?.code == "yahoo.format")
            #expect(failure?.message.contains("found 2 results ('S', 'T'), expected one") == true)
        }
    }

    @Test("recorded exchanges and compressed answers are read by the bar port as bodies are")
    func recorded() throws {
        let body = YahooMeaningTests.body("1d", [YahooMeaningTests.winter]).text, directory = try TemporaryDirectory()
        let path = try directory.write(
            "{\"request\":{\"url\":\"https://x/v8/finance/chart/S\"},"
                + "\"response\":{\"status\":200,\"bodyJson\":\(body)}}",
            to: "x.json")
        var reader = try BarReader(MarketSpec())
        #expect(try reader.read(path).table.close == [2_300_000])
    }

    @Test("an action inside a week: splits take the bar before, cash is refused; on its first day it is as of a day")
    func actions() throws {
        // Weeks from Monday 18 and 25 November and 2 December 2024, with prices of 10, 20 and 30.
        var body = YahooMeaningTests.body("1wk", [1_731_906_000, 1_732_510_800, 1_733_115_600])
        body.prices = [10, 20, 30]
        func table(_ kind: String, _ day: String) throws -> CorporateActionTable {
            let time = try YahooTimeTests.utc(day)
            let more = kind == "splits" ? "\"numerator\":2,\"denominator\":1" : "\"amount\":1"
            body.events = "{\"\(kind)\":{\"a\":{\"date\":\(time),\(more)}}}"
            return try CorporateActionTable(body.chart())
        }
        // Wednesday inside the second week: only the first closes before it.
        let split = try table("splits", "2024-11-27T14:30")
        #expect(split.actions.map(\.lastDay.description) == ["2024-11-18"] && split.actions[0].reference == 10)
        #expect(split.notes.contains { $0.contains("lies inside the bar of 1wk") })
        let failure = #expect(throws: Failure.self) { try table("dividends", "2024-11-27T14:30") }
        #expect(failure?.code == "data.factors" && failure?.message.contains("inside the bar of 1wk") == true)
        #expect(try body.chart().actionsCSV()?.contains("2024-11-27,dividend,,,1,USD,") == true)
        // Monday: the week before closes the day before.
        let cash = try table("dividends", "2024-12-02T14:30")
        #expect(cash.actions.map(\.lastDay.description) == ["2024-11-25"] && cash.actions[0].factor == 1 - 1 / 20.0)
        // Tuesday 3 September, after a holiday.
        body.stamps = [1_724_644_800, 1_725_249_600]
        let holiday = try table("dividends", "2024-09-03T13:30")
        #expect(holiday.actions.map(\.lastDay.description) == ["2024-08-26"] && holiday.actions[0].reference == 10)
        // Inside the first bar there is none before.
        body.stamps = [1_732_510_800]
        #expect(try table("splits", "2024-11-27T14:30").actions.isEmpty)
        // An event at noon of a day of hours concerns the days before it.
        body = YahooMeaningTests.body("1h", (0..<14).map { YahooMeaningTests.winter + $0 / 7 * 86_400 + $0 % 7 * 3600 })
        let hours = try table("dividends", "2024-11-26T17:00")
        #expect(hours.actions.map(\.lastDay.description) == ["2024-11-25"])
    }
}
