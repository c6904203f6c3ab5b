import Basics
import MarketData
import Tables
import TestSupport
import Testing

/// Gaps, actions and adjusted closes of answers; real ones, and mutations of them.
@Suite struct YahooAnswerTests {
    @Test("gaps by session: of the calendar, of the hours that are stated, without a break that all sessions have")
    func gaps() throws {
        let open = YahooMeaningTests.winter
        // Monday without its third hour, Tuesday whole, Wednesday absent, Thursday a holiday, Friday until 13:00.
        let days = [0, 1, 4].map { open + $0 * 86_400 }
        let stamps =
            [0, 1, 3, 4, 5, 6].map { days[0] + $0 * 3600 } + (0..<7).map { days[1] + $0 * 3600 }
            + (0..<4).map { days[2] + $0 * 3600 }
        var body = YahooMeaningTests.body("1h", stamps)
        let gaps = try body.chart().gaps
        #expect(gaps.basis == "the calendar XNYS" && gaps.expected == 25 && gaps.missing == 8 && gaps.incomplete == 2)
        #expect(
            gaps.sessions.map { "\($0.date) \($0.missing)/\($0.expected)" } == ["2024-11-25 1/7", "2024-11-27 7/7"])
        #expect(gaps.text == "8 of 25 bars are missing, by the calendar XNYS: 2024-11-25 (1 of 7), 2024-11-27 (7 of 7)")
        // Daily bars by the same calendar.
        body = YahooMeaningTests.body("1d", days)
        let daily = try body.chart().gaps
        #expect(daily.expected == 4 && daily.sessions.map(\.date.description) == ["2024-11-27"])
        body.meta["exchangeTimezoneName"] = "\"Europe/Berlin\""
        #expect(try body.chart().gaps.basis == "the weekdays, holidays among them")
        // A lunch that is in no list of hours.
        body = YahooMeaningTests.body("30m", [], zone: "Asia/Seoul")
        let tokyo = 1_732_492_800
        body.meta["currentTradingPeriod"] = "{\"regular\":{\"start\":\(tokyo),\"end\":\(tokyo + 21_600)}}"
        body.meta["regularMarketTime"] = "\(tokyo + 3 * 86_400)"
        body.stamps = [0, 1, 2].flatMap { day in
            [0, 1, 2, 3, 4, 7, 8, 9, 10, 11].map { tokyo + day * 86_400 + $0 * 1800 }
        }
        body.stamps.remove(at: 11)
        let lunch = try body.chart().gaps
        #expect(lunch.missing == 1 && lunch.expected == 30, "\(lunch)")
        #expect(lunch.basis?.contains("without the break that all sessions have") == true)
        // Tokyo's is known.
        body.meta["exchangeTimezoneName"] = "\"Asia/Tokyo\""
        let tokyos = try body.chart().gaps
        #expect(tokyos.missing == 1 && tokyos.expected == 30 && tokyos.basis?.contains("break") == false, "\(tokyos)")
    }

    @Test("splits, dividends and gains are a table beside the bars; the unit is told")
    func actions() throws {
        var body = YahooMeaningTests.body("1d", [0, 3, 4].map { 1_598_621_400 + $0 * 86_400 }, 10)
        body.meta["currency"] = "\"GBp\""
        body.events = """
            {"splits":{"a":{"date":1598880600,"numerator":4,"denominator":1},
            "b":{"date":1598880600,"numerator":0,"denominator":1}},
            "capitalGains":{"1598967000":{"date":1598967000,"amount":0.5}},
            "dividends":{"1598621400":{"date":1598621400,"amount":0.205},"c":{"date":1598967000,"amount":1000}}}
            """
        body.adjusted = [9.5, 9.5, 123.45999908447266]
        let chart = try body.chart()
        #expect(
            try chart.actionsCSV() == """
                date,kind,ratio,factor,amount,currency,first_known
                2020-08-28,dividend,,,0.205,GBp,2020-08-28T13:30:00Z
                2020-08-31,split,4:1,0.25,,,2020-08-31T13:30:00Z
                2020-09-01,dividend,,,1000,GBp,2020-09-01T13:30:00Z
                2020-09-01,capital-gains,,0.95,0.5,GBp,2020-09-01T13:30:00Z

                """)
        #expect(chart.wholeCurrency == "GBP" && chart.notes.contains("prices are in GBp, which is a hundredth of GBP"))
        #expect(chart.adjustedCells == ["9.5", "9.5", "123.46"])
        body.events = "{}"
        body.adjusted = nil
        #expect(try body.chart().actionsCSV() == nil && body.chart().adjustedCells == nil)
    }

    @Test("a chart of small prices read as a file is refused by the row, not made zero")
    func smallPrices() throws {
        let directory = try TemporaryDirectory()
        let body = YahooMeaningTests.body("1d", [YahooMeaningTests.winter], 0.00002487)
        let path = try directory.write(body.text, to: "S.json")
        var spec = MarketSpec(), strict = try BarReader(spec)
        let error = #expect(throws: MarketDataError.self) { try strict.read(path) }
        #expect(error?.hint == "write priceDecimals: 8 into market.yaml and add --market market.yaml")
        spec.priceDecimals = 8
        var reader = try BarReader(spec)
        #expect(try reader.read(path).table.close == [2487])
    }

    @Test(
        "real answers: bars, decimals, what is left out, gaps",
        .enabled(if: SharedData.isThere, "needs the shared data"),
        arguments: [
            ("AAPL_1m_2024-10-02_nulls", 389, 4, 2, 1), ("AAPL_1d_6mo_20251029", 126, 2, 1, 0),
            ("EURUSD=X_1d_2020-01-01", 3, 7, 0, 0), ("GS2C.DE_1d_5d_20251029", 4, 3, 1, 0),
            ("TSLA_1d_2010_2023_full", 3303, 6, 0, 0), ("NVDA_1d_2021-02-01_2022-01-31_split", 252, 5, 0, 0),
            ("WSKT.JK_1d_2020-01-02", 1, 2, 0, 0), ("AAPL_1d_2020-08-31_2020-11-07_split_dividend", 49, 2, 0, 0),
        ])
    func real(name: String, bars: Int, decimals: Int, leftOut: Int, missing: Int) throws {
        let bytes = try FileChunks.bytes(SharedData.path("data/yahoo-chart/bodies/\(name).json"))
        let chart = try YahooChart.decode(bytes, symbol: "S")
        #expect(chart.bars.count == bars && chart.bars.priceDecimals == decimals && chart.issues.count == leftOut)
        #expect(chart.gaps.missing == missing, "\(chart.gaps)")
        #expect(chart.rowCount == bars + leftOut)
    }

    @Test("mutations of bodies are refused or read, and nothing else happens")
    func mutations() throws {
        var body = YahooMeaningTests.body("1h", (0..<7).map { YahooMeaningTests.winter + 3600 * $0 }, 1.5)
        body.meta["tradingPeriods"] =
            "[[{\"start\":\(YahooMeaningTests.winter),\"end\":\(YahooMeaningTests.winter + 23_400)}]]"
        body.meta["currentTradingPeriod"] =
            "{\"regular\":{\"start\":\(YahooMeaningTests.winter),\"end\":\(YahooMeaningTests.winter + 23_400)}}"
        body.meta["regularMarketTime"] = "1732655000"
        body.events = "{\"dividends\":{\"1\":{\"date\":1732548600,\"amount\":0.5}}}"
        body.adjusted = [1, 1, 1, 1, 1, 1, 1]
        var random = SeededRandom(seed: 17), read = 0
        for granularity in ["1h", "1d", "1wk", "3mo", "1m"] {
            body.meta["dataGranularity"] = "\"\(granularity)\""
            let whole = Array(body.text.utf8)
            for _ in 0..<800 {
                var bytes = whole
                for _ in 0...random.index(below: 3) {
                    let place = random.index(below: bytes.count)
                    switch random.index(below: 4) {
                    case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(UInt8(48 + random.index(below: 10)), at: place)
                    default: bytes.removeSubrange(place..<min(bytes.count, place + random.index(below: 9)))
                    }
                    if bytes.isEmpty { bytes = [0] }
                }
                guard let chart = try? YahooChart.decode(bytes, symbol: "S") else { continue }
                _ = try chart.actionsCSV()
                _ = try? CorporateActionTable(chart)
                #expect(chart.bars.count + chart.issues.count == chart.rowCount)
                read += 1
            }
        }
        #expect(read > 500)
    }
}
