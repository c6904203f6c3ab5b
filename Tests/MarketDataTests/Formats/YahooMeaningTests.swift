import Basics
import MarketData
import Tables
import TestSupport
import Testing

/// What an answer of Yahoo's chart endpoint means: grids, decimals, live quotes, gaps, actions.
@Suite struct YahooMeaningTests {
    /// An answer of made-up bars; `nil` is a null in all series.
    struct Body {
        var meta: [String: String] = [
            "currency": "\"USD\"", "symbol": "\"S\"", "exchangeTimezoneName": "\"America/New_York\"",
            "dataGranularity": "\"1d\"",
        ]
        var stamps: [Int] = []
        var prices: [Double?] = [230]
        var volume = "1000"
        var events = "{}"
        var adjusted: [Double]?

        var text: String {
            func cells(_ change: Double) -> String {
                stamps.indices.map { index in
                    prices[index % prices.count].map { "\($0 * change)" } ?? "null"
                }.joined(separator: ",")
            }
            let quote = ["open", "high", "low", "close"].map { "\"\($0)\":[\(cells(1))]" }.joined(separator: ",")
            let volumes = stamps.map { _ in volume }.joined(separator: ",")
            let close = adjusted.map { ",\"adjclose\":[{\"adjclose\":\($0)}]" } ?? ""
            return """
                {"chart":{"result":[{"meta":{\(meta.map { "\"\($0)\":\($1)" }.sorted().joined(separator: ","))},\
                "timestamp":\(stamps),"events":\(events),"indicators":{"quote":[{\(quote),"volume":[\(volumes)]}]\
                \(close)}}],"error":null}}
                """
        }

        func chart(decimals: Int? = nil) throws -> YahooChart {
            try YahooChart.decode(Array(text.utf8), symbol: "S", priceDecimals: decimals)
        }
    }

    static func body(_ granularity: String, _ stamps: [Int], zone: String = "America/New_York", _ price: Double = 230)
        -> Body
    {
        var body = Body()
        body.meta["dataGranularity"] = "\"\(granularity)\""
        body.meta["exchangeTimezoneName"] = "\"\(zone)\""
        (body.stamps, body.prices) = (stamps, [price])
        return body
    }

    /// 9:30 in New York on Monday 25 November 2024, and on 15 July.
    static let winter = 1_732_545_000, summer = 1_721_050_200
    /// 9:15 in Mumbai on 25 November.
    static let mumbai = 1_732_506_300

    @Test("bars lie on the grid of the session's open: hours and 90 minutes in New York, 30 minutes in Mumbai")
    func grids() throws {
        for (granularity, start, step, count, zone) in [
            ("1h", YahooMeaningTests.winter, 3600, 7, "America/New_York"),
            ("60m", YahooMeaningTests.summer, 3600, 7, "America/New_York"),
            ("90m", YahooMeaningTests.winter, 5400, 5, "America/New_York"),
            ("90m", YahooMeaningTests.summer, 5400, 5, "America/New_York"),
            ("30m", YahooMeaningTests.mumbai, 1800, 13, "Asia/Kolkata"),
        ] {
            let stamps = [0, 86_400].flatMap { day in (0..<count).map { start + day + $0 * step } }
            var body = YahooMeaningTests.body(granularity, stamps, zone: zone)
            #expect(try body.chart().bars.time == stamps.map { Int64($0) * 1_000_000_000 }, "\(granularity)")
            #expect(try body.chart().issues.isEmpty && body.chart().gaps.missing == 0, "\(granularity)")
            // The live quote is no bar, be it of the day or of the next.
            for live in [stamps[count - 1] + 421, start + 86_400 + (count - 1) * step + 422, start + 2 * 86_400 + 433] {
                body.stamps = (stamps + [live]).sorted()
                let chart = try body.chart()
                #expect(chart.bars.count == 2 * count && chart.issues.count == 1, "\(granularity) \(live)")
                #expect(chart.issues.first?.reason.contains("off the grid") == true)
            }
        }
    }

    @Test("the trading periods of the answer say where the grid begins and what lies outside")
    func tradingPeriods() throws {
        let open = YahooMeaningTests.winter
        var body = YahooMeaningTests.body("1h", (0..<7).map { open + 3600 * $0 } + [open + 23_400])
        let regular = "[[{\"start\":\(open),\"end\":\(open + 23_400)}]]"
        for periods in [regular, "{\"regular\":\(regular),\"pre\":[[{\"start\":\(open - 19_800),\"end\":\(open)}]]}"] {
            body.meta["tradingPeriods"] = periods
            let chart = try body.chart()
            #expect(chart.bars.count == 7 && chart.issues[0].reason.contains("outside all sessions"))
            #expect(chart.gaps.basis == "the trading periods of the answer" && chart.gaps.missing == 0)
        }
        // A lunch after which the grid begins anew.
        body.stamps = [0, 3600, 7200, 12_600, 16_200, 19_800, 20_000].map { open + $0 }
        let lunch = try body.chart()
        #expect(lunch.bars.count == 6 && lunch.notes.contains { $0.contains("begins anew") }, "\(lunch.issues)")
        // One minute a day is missing between two days of currencies.
        body.meta["tradingPeriods"] = "[[{\"start\":1732492800,\"end\":1732579140}]]"
        body.meta["dataGranularity"] = "\"1m\""
        body.stamps = [1_732_579_080, 1_732_579_140]
        #expect(try body.chart().bars.count == 2)
    }

    @Test("a second stamp of a day, week, month or quarter is the live quote")
    func livePeriods() throws {
        let day = 86_400, open = YahooMeaningTests.winter
        // Monday 18 and 25 November, 0:00 in New York; 1 October and 1 November; 1 July and 1 October.
        for (granularity, stamps, live) in [
            ("1d", [open, open + day], open + day + 23_400),
            ("1wk", [1_731_906_000, 1_732_510_800], 1_732_655_000),
            ("1mo", [1_727_755_200, 1_730_433_600], 1_732_655_000),
            ("3mo", [1_719_806_400, 1_727_755_200], 1_732_655_000),
        ] {
            var body = YahooMeaningTests.body(granularity, stamps)
            #expect(try body.chart().bars.count == 2 && body.chart().gaps.missing == 0, "\(granularity)")
            body.stamps.append(live)
            let chart = try body.chart()
            #expect(chart.bars.count == 2 && chart.issues[0].reason.contains("has a bar already"), "\(granularity)")
        }
        // Five weeks of which one is not there, four months of which two are not.
        let weeks = try YahooMeaningTests.body("1wk", [0, 1, 3, 4].map { 1_731_906_000 + $0 * 604_800 }).chart()
        #expect(weeks.gaps.expected == 5 && weeks.gaps.missing == 1)
        let months = try YahooMeaningTests.body("1mo", [1_719_806_400, 1_727_755_200]).chart()
        #expect(months.gaps.expected == 4 && months.gaps.missing == 2)
    }

    @Test(
        "decimals are those that the doubles mean",
        arguments: [
            // Floats of 32 bits, widened.
            ([123.45999908447266, 75.0875015258789], 4, ["123.4600", "75.0875"]),
            ([1.0487651824951172], 7, ["1.0487652"]),
            ([1.1220825910568237, 1.1171437501907349], 7, ["1.1220826", "1.1171438"]),
            ([1.5926669836044312], 6, ["1.592667"]),
            // Doubles.
            ([0.00002487, 0.00002511, 0.00000812], 8, ["0.00002487", "0.00002511", "0.00000812"]),
            ([230.22999999999996, 230.1], 2, ["230.23", "230.10"]), ([1.04876], 5, ["1.04876"]),
            ([1505], 0, ["1505"]), ([-37.63], 2, ["-37.63"]), ([0], 0, ["0"]),
        ] as [([Double], Int, [String])])
    func decimals(prices: [Double], decimals: Int, texts: [String]) throws {
        var body = YahooMeaningTests.body("1d", prices.indices.map { YahooMeaningTests.winter + $0 * 86_400 })
        body.prices = prices.map { $0 }
        let bars = try body.chart().bars
        #expect(bars.priceDecimals == decimals)
        #expect(bars.close.map { FixedPoint.text($0, decimals: decimals) } == texts)
        // The server's own number of decimals is the least.
        body.meta["priceHint"] = "4"
        #expect(try body.chart().bars.priceDecimals == max(4, decimals))
    }

    @Test("a price that is not zero never becomes zero; decimals that are asked for are kept")
    func askedDecimals() throws {
        var body = YahooMeaningTests.body("1d", [YahooMeaningTests.winter], 0.00002487)
        let error = #expect(throws: Failure.self) { try body.chart(decimals: 4) }
        #expect(error?.code == "data.bad-rows" && error?.hint == "keep more of them: --price-decimals 8")
        let rough = try body.chart(decimals: 6)
        #expect(rough.bars.close == [25] && rough.notes.contains("4 prices are rounded to 6 decimals"))
        #expect(try body.chart(decimals: 9).bars.close == [24_870])
        body.prices = [0.00000000012]
        #expect(throws: Failure.self) { try body.chart() }
        // Ten significant digits of a coin do not fit nine decimals; a tenth of a percent may be lost, no more.
        body.prices = [0.0000203912]
        #expect(try body.chart().bars.close == [20_391])
        body.prices = [0.000000012345]
        #expect(throws: Failure.self) { try body.chart() }
        body.volume = "1234.567"
        body.prices = [98_000]
        let coin = try body.chart().bars
        #expect(coin.volume == [1_234_567] && coin.volumeDecimals == 3)
        body.volume = "null"
        #expect(try body.chart().notes.contains { $0.contains("have no volume") })
    }

    @Test("what a body is, and that it answers what was asked")
    func answers() throws {
        let body = YahooMeaningTests.body("1d", [YahooMeaningTests.winter])
        try body.chart().requireAnswer(to: "s", interval: "1d")
        for (ticker, interval, code, text) in [
            ("S", "5m", "yahoo.contradiction", "found bars of 1d"), ("S", "5m", "yahoo.contradiction", "bars of 5m"),
            ("T", "1d", "yahoo.contradiction", "'S'"),
        ] {
            let error = #expect(throws: Failure.self) { try body.chart().requireAnswer(to: ticker, interval: interval) }
            #expect(error?.code == code && error?.message.contains(text) == true)
        }
        try YahooMeaningTests.body("1h", [YahooMeaningTests.winter]).chart().requireAnswer(to: "S", interval: "60m")
        for empty in [YahooMeaningTests.body("1d", []), YahooMeaningTests.body("1d", [-1 << 60])] {
            let error = #expect(throws: Failure.self) { try empty.chart().requireAnswer(to: "S", interval: "1d") }
            #expect(error?.code == "yahoo.empty")
        }
        for (bytes, what) in [
            ("<!DOCTYPE html><html>", "a page of HTML"), ("", "found nothing"), ("  \n", "found nothing"),
            ("Too Many Requests\r\n", "19 bytes of something else"), ("{}", "no 'chart'"), ("[1]", "no 'chart'"),
            ("{\"chart\":{\"result\":[],\"error\":null}}", "no result"),
        ] {
            let error = #expect(throws: Failure.self) { try YahooChart.decode(Array(bytes.utf8), symbol: "S") }
            #expect(error?.code == "yahoo.format" && error?.message.contains(what) == true, "\(what)")
        }
    }

    @Test("escape bytes of a body are written out, whatever field they stand in")
    func escapes() throws {
        let escape = "\\u001b[31mX\\u202e"
        var body = YahooMeaningTests.body("1d", [YahooMeaningTests.winter])
        for key in ["currency", "symbol"] { body.meta[key] = "\"\(escape)\"" }
        let chart = try body.chart()
        var texts = chart.notes + [chart.bars.instrument, chart.currency ?? ""]
        for key in ["dataGranularity", "exchangeTimezoneName"] {
            var bad = body
            bad.meta[key] = "\"\(escape)\""
            let error = #expect(throws: Failure.self) { try bad.chart() }
            texts.append((error?.message ?? "") + (error?.hint ?? ""))
        }
        let refused = """
            {"chart":{"result":null,"error":{"code":"\(escape)","description":"\(escape)"}}}
            """
        let error = #expect(throws: YahooChart.ServerError.self) {
            try YahooChart.decode(Array(refused.utf8), symbol: "S")
        }
        texts.append((error?.message ?? "") + (error?.code ?? ""))
        #expect(texts.allSatisfy { !$0.contains("\u{1B}") && !$0.contains("\u{202E}") }, "\(texts)")
    }
}
