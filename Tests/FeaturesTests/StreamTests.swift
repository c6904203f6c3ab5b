import Basics
import Features
import MarketData
import Testing

@Suite struct BarSegmenterTests {
    static func spec(_ text: String) throws -> FeatureSpec { try FeatureSpec(JSONParser.parse(text)) }

    /// Wall-clock time in New York on 12 May 2025 plus days.
    static func time(_ hour: Int, _ minute: Int, day: Int = 0) throws -> Nanoseconds {
        var zone = try ExchangeZone("America/New_York")
        let days = CivilDate(year: 2025, month: 5, day: 12 + day).daysSince1970
        return zone.utc(Int64(days * 86_400 + hour * 3600 + minute * 60) * 1_000_000_000)
    }

    @Test("regular hours include the open and exclude the close; all hours take everything")
    func hours() throws {
        var regular = try BarSegmenter(
            spec: BarSegmenterTests.spec(#"{"features": {"x": "close"}}"#), market: MarketSpec())
        let used = try [(9, 25), (9, 30), (15, 55), (16, 0)].map {
            regular.push(try BarSegmenterTests.time($0.0, $0.1)).isUsed
        }
        #expect(used == [false, true, true, false])
        // Saturday.
        #expect(try !regular.push(BarSegmenterTests.time(10, 0, day: 5)).isUsed)
        var all = try BarSegmenter(
            spec: BarSegmenterTests.spec(#"{"hours": "all", "features": {"x": "close"}}"#), market: MarketSpec())
        #expect(
            try all.push(BarSegmenterTests.time(4, 0)).isUsed && all.push(BarSegmenterTests.time(10, 0, day: 5)).isUsed)
    }

    @Test("the time of day runs from −1 at the open to 1 at the close, and is 0 outside a session")
    func timeOfDay() throws {
        var segmenter = try BarSegmenter(
            spec: BarSegmenterTests.spec(#"{"hours": "all", "features": {"x": "close"}}"#), market: MarketSpec())
        #expect(try segmenter.push(BarSegmenterTests.time(9, 30)).timeOfDay == -1)
        #expect(try segmenter.push(BarSegmenterTests.time(12, 45)).timeOfDay == 0)
        #expect(try segmenter.push(BarSegmenterTests.time(16, 0)).timeOfDay == 1)
        #expect(try segmenter.push(BarSegmenterTests.time(12, 0, day: 5)).timeOfDay == 0)
    }

    @Test("a segment begins after a gap, at a repeated time and in a new session, unless the spec allows it")
    func segments() throws {
        func starts(_ text: String, _ times: [Nanoseconds]) throws -> [Bool] {
            var segmenter = try BarSegmenter(spec: BarSegmenterTests.spec(text), market: MarketSpec())
            return times.map { segmenter.push($0).startsSegment }
        }
        let plain = #"{"features": {"x": "close"}}"#
        let minutes = try [30, 35, 45, 50, 50, 55].map { try BarSegmenterTests.time(9, $0) }
        #expect(try starts(plain, minutes) == [true, false, true, false, true, false])
        #expect(
            try starts(#"{"missingBarsAllowed": 1, "features": {"x": "close"}}"#, minutes)
                == [true, false, false, false, true, false])
        // 16:00 is the close; the next session is 17.5 hours on.
        let night = [try BarSegmenterTests.time(15, 55), try BarSegmenterTests.time(9, 30, day: 1)]
        #expect(try starts(#"{"missingBarsAllowed": 1000, "features": {"x": "close"}}"#, night) == [true, true])
        #expect(
            try starts(
                #"{"missingBarsAllowed": 1000, "resetAtSession": false, "features": {"x": "close"}}"#, night)
                == [true, false])
    }
}

@Suite struct FeatureStreamTests {
    static func bar(_ minute: Int, _ close: Int64) throws -> Bar {
        Bar(
            time: try BarSegmenterTests.time(9, 30) + Int64(minute) * 60_000_000_000, open: 10_000, high: 20_000,
            low: 5_000, close: close, volume: 1500)
    }

    @Test("prices and volumes are scaled by their decimals")
    func scales() throws {
        let spec = try BarSegmenterTests.spec(
            #"{"features": {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume", "t": "time_of_day"}}"#)
        var stream = try FeatureStream(spec: spec, market: MarketSpec(), priceDecimals: 4, volumeDecimals: 2)
        var row = [Float](repeating: 0, count: stream.width)
        #expect(try stream.push(FeatureStreamTests.bar(0, 12_500), into: &row) == .ready)
        #expect(row == [1, 2, 0.5, 1.25, 15, -1] && stream.segment == 0)
    }

    @Test("an undefined value in a warm segment breaks it for windows, but not the operators' memory")
    func undefined() throws {
        let spec = try BarSegmenterTests.spec(#"{"features": {"x": "log(close)", "m": "mean(close, 2)"}}"#)
        var stream = try FeatureStream(spec: spec, market: MarketSpec(), priceDecimals: 0, volumeDecimals: 0)
        var row = [Float](repeating: 0, count: stream.width)
        var seen: [FeatureStream.Row] = [], segments: [Int32] = []
        for (minute, close) in [(0, 2), (5, 4), (10, 0), (15, 6)] as [(Int, Int64)] {
            seen.append(stream.push(try FeatureStreamTests.bar(minute, close), into: &row))
            segments.append(stream.segment)
        }
        #expect(seen == [.notReady, .ready, .notReady, .ready] && segments == [0, 0, 1, 1] && row[1] == 3)
        // A bar before the open is not used and changes nothing.
        #expect(try stream.push(FeatureStreamTests.bar(-5, 1), into: &row) == .unused && stream.segment == 1)
    }

    @Test("bars are refused for features of books")
    func input() throws {
        let spec = try BarSegmenterTests.spec(#"{"input": "book", "levels": 1, "features": {"x": "mid"}}"#)
        let error = #expect(throws: Failure.self) {
            try FeatureStream(spec: spec, market: MarketSpec(), priceDecimals: 4, volumeDecimals: 0)
        }
        #expect(error?.code == "features.input")
    }

    @Test("a spec reads its own JSON back, with columns written out")
    func specJSON() throws {
        for text in [
            #"{"features": {"a": "close", "b": "log(open)"}, "hours": "all", "missingBarsAllowed": 3}"#,
            #"{"input": "book", "levels": 2, "columns": "relative-book", "features": {"m": "mid"}}"#,
            #"{"input": "book", "columns": "book"}"#,
        ] {
            let spec = try BarSegmenterTests.spec(text)
            #expect(try FeatureSpec(spec.json) == spec)
        }
        let relative = try BarSegmenterTests.spec(#"{"input": "book", "levels": 1, "columns": "relative-book"}"#)
        #expect(
            relative.features.map(\.expression) == [
                "10000 * (ask_price(1) / mid - 1)", "log(ask_size(1) + 1)", "10000 * (bid_price(1) / mid - 1)",
                "log(bid_size(1) + 1)",
            ])
        #expect(relative.features.map(\.name) == ["ask_price_1", "ask_size_1", "bid_price_1", "bid_size_1"])
        #expect(try BarSegmenterTests.spec(#"{"input": "book", "columns": "book"}"#).features.count == 40)
        let given = FeatureSpec(given: ["a", "b"])
        #expect(given.input == .given && given.hours == .all && given.resetsAtSession && given.features.count == 2)
    }
}
