import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

@Suite(.enabled(if: SharedData.isThere, "needs the shared data")) struct AdjustmentTests {
    @Test("dividends of Apple that two rows imply: 2.65, 2.65, 2.65, 3.05, 3.05 before its split, and both splits")
    func implied() throws {
        let table = try LEANShares.factors("aapl")
        let cash = table.actions.filter { $0.kind == .dividend }
        #expect(
            cash.prefix(5).map { String(format: "%.2f", $0.amount ?? 0) } == ["2.65", "2.65", "2.65", "3.05", "3.05"])
        #expect(cash[0].lastDay == CivilDate(year: 2012, month: 8, day: 8) && cash[0].reference == 619.86)
        #expect(TimeText.utc(cash[0].firstKnown) == "2012-08-09T13:30:00Z")
        let splits = table.actions.filter { $0.kind == .split }
        #expect(splits.map { (1 / $0.factor).rounded() } == [2, 2, 7, 4])
        // Sunday and a holiday lie between: 4 July 2011 has no session.
        let fund = try LEANShares.factors("eem").actions
        #expect(fund.allSatisfy { $0.firstKnown > 0 && $0.factor > 0 })
    }

    @Test(
        "total: raw × p × s of the first row on or behind the day; volume by 1 / s alone", arguments: LEANShares.tickers
    )
    func total(ticker: String) throws {
        let bars = try LEANShares.daily(ticker), days = try LEANShares.days(bars)
        let rows = try LEANShares.lines("data/lean/factor_files/\(ticker).csv").map {
            (LEANShares.day($0[0]), Double($0[1]) ?? 0, Double($0[2]) ?? 0)
        }
        let table = try LEANShares.factors(ticker), rule = try AdjustmentRule(table, .total)
        let found = try bars.adjusted(rule), splits = try bars.adjusted(AdjustmentRule(table, .splits))
        #expect(found.count == bars.count && found.priceDecimals == 4 + rule.morePriceDecimals)
        #expect(try bars.adjusted(AdjustmentRule(table, .none)) == bars)
        let price = pow(10, Double(rule.morePriceDecimals)), volume = pow(10, Double(rule.moreVolumeDecimals))
        for index in stride(from: 0, to: bars.count, by: 7) {
            let row = try #require(rows.first { $0.0 >= days[index] })
            #expect(found.close[index] == Int64((Double(bars.close[index]) * (row.1 * row.2) * price).rounded()))
            #expect(found.volume[index] == Int64((Double(bars.volume[index]) * (1 / row.2) * volume).rounded()))
            #expect(
                abs(
                    Double(splits.high[index]) - Double(bars.high[index]) * row.2
                        * pow(10, Double(splits.priceDecimals - 4))) <= 0.51)
            #expect(found.low[index] > 0 && splits.volume[index] == found.volume[index])
        }
    }

    @Test("Apple's fall by seven on 9 June 2014 becomes +0.016; a day later it would stay")
    func seven() throws {
        let bars = try LEANShares.daily("aapl"), days = try LEANShares.days(bars)
        let index = try #require(days.firstIndex(of: CivilDate(year: 2014, month: 6, day: 9)))
        let found = try bars.adjusted(AdjustmentRule(LEANShares.factors("aapl"), .total))
        #expect(abs(log(Double(bars.close[index]) / Double(bars.close[index - 1])) + 1.930) < 0.0005)
        #expect(abs(log(Double(found.close[index]) / Double(found.close[index - 1])) - 0.016) < 0.0005)
    }

    @Test("chunks are adjusted as tables are, and days of other owners are left out")
    func chunks() throws {
        let rule = try AdjustmentRule(LEANShares.factors("wm"), .total), map = try LEANShares.map()
        let path = SharedData.path("data/lean/daily/wm.zip")
        let source = try AdjustedBars(FoundFiles.find(path).read(.bars), rule)
        let chunked = try BarTable(canonical: source, zone: LEANFile.zone, interval: 86_400_000_000_000)
        let table = try LEANShares.daily("wm").adjusted(rule)
        #expect(chunked == table && chunked.count == 5399)
        let own = try AdjustedBars(FoundFiles.find(path).read(.bars), rule) { map.owner("wm", on: $0) == "wm" }
        let owned = try BarTable(canonical: own, zone: LEANFile.zone, interval: 86_400_000_000_000)
        #expect(owned.count == 2934 && owned.close == Array(table.close.suffix(2934)))
        let quotes = try FoundFiles.find(SharedData.path("data/lean/minute/twx/20140609_quote.zip")).read(.quotes)
        #expect(throws: Failure.self) { try AdjustedBars(quotes, rule) }
    }

    /// A probe for look-ahead: what a file of that evening would have given against today's file cut back.
    @Test(
        "as of every factor day and the day behind, bars are those of that evening's files",
        arguments: LEANShares.tickers + ["twx"])
    func pointInTime(ticker: String) throws {
        let bars = try ticker == "twx" ? LEANShares.made(ticker) : LEANShares.daily(ticker)
        let days = try LEANShares.days(bars), table = try LEANShares.factors(ticker)
        let rows = try LEANShares.lines("data/lean/factor_files/\(ticker).csv")
        let directory = try TemporaryDirectory()
        for row in rows {
            let end = LEANShares.day(row[0])
            guard let last = days.lastIndex(where: { $0 <= end }) else { continue }
            for evening in [last, last + 1] where evening < days.count {
                let day = days[evening]
                // That evening's file has the rows whose next session has opened, relative to the level of the day.
                let level = try #require(rows.first { LEANShares.day($0[0]) >= day }).map { Double($0) ?? 0 }
                var text = ""
                for row in rows where LEANShares.day(row[0]) < day {
                    let factors = [1, 2].map { "\((Double(row[$0]) ?? 0) / level[$0])" }
                    text += "\(row[0]),\(factors[0]),\(factors[1]),\(row[3])\n"
                }
                let path = try directory.write(text + "20501231,1,1,0\n", to: "\(ticker).csv")
                // The bars around each action that was known, and some others.
                let sampled = (0...evening).filter { $0 % 97 == 0 || $0 + 4 > evening }
                let known = bars.selecting(sampled)
                let future = bars.selecting(sampled + Array((evening + 1)..<min(evening + 6, bars.count)))
                for adjustment in [Adjustment.splits, .total] {
                    let then = try known.adjusted(AdjustmentRule(LEANFactorFile.read(path), adjustment))
                    let now = try future.adjusted(AdjustmentRule(table, adjustment, asOf: day))
                    #expect(then == now, "\(ticker) as of \(day), \(adjustment)")
                    // The last known price is the price that was paid.
                    let factor = FixedPoint.powers[now.priceDecimals - 4]
                    #expect(now.close.last == bars.close[evening] * factor)
                }
            }
        }
    }

    @Test("prices below the last decimal keep their digits, and what does not fit is refused")
    func small() throws {
        let day = CivilDate(year: 2020, month: 1, day: 6)
        func table(_ factor: Double) -> CorporateActionTable {
            let split = CorporateAction(
                lastDay: day, kind: .split, factor: factor, reference: nil, amount: nil,
                firstKnown: 1_578_400_200_000_000_000)
            return CorporateActionTable(
                instrument: "x", zone: "America/New_York", actions: [split], pricesHoldSplits: false, notes: [])
        }
        var bars = BarTable(instrument: "x", zone: "America/New_York", interval: 86_400_000_000_000)
        let noon = Int64(day.daysSince1970) * 86_400_000_000_000 + 61_200_000_000_000
        bars.append(Bar(time: noon, open: 1, high: 3, low: 1, close: 2, volume: 3))
        let small = try bars.adjusted(AdjustmentRule(table(0.001), .splits))
        #expect(small.close == [2] && small.priceDecimals == 7 && small.volume == [3000])
        let large = try bars.adjusted(AdjustmentRule(table(8), .splits))
        #expect(large.close == [16] && large.priceDecimals == 4 && large.volume == [4] && large.volumeDecimals == 1)
        bars.append(Bar(time: noon + 1, open: 1, high: 3, low: 1, close: .max, volume: 3))
        #expect(throws: Failure.self) { try bars.adjusted(AdjustmentRule(table(8), .splits)) }
    }

    @Test("factor files that cannot be right are refused with the line")
    func refused() throws {
        let directory = try TemporaryDirectory()
        for (text, message) in [
            ("", "found no row"), ("20200101,1,1\n", ":1: found 3 cells"),
            ("20200101,0.5,1,1\n", "expected 1 and 1 at the end"),
            ("20200101,0,1,1\n20501231,1,1,0\n", "expected some above 0"), ("20200101,nan,1,1\n", "expected a number"),
            ("20200201,1,1,1\n20200101,1,1,0\n", ":2: found 2020-01-01 behind 2020-02-01"),
            ("20200231,1,1,1\n", "expected a day"), ("20200101,-1,1,1\n", "expected a number"),
        ] {
            let path = try directory.write(text, to: "x.csv")
            let failure = #expect(throws: Failure.self, "\(text)") { try LEANFactorFile.read(path) }
            #expect(
                failure?.code == "data.factors" && failure?.message.contains(message) == true,
                "\(failure?.message ?? "")")
        }
        var random = SeededRandom(seed: 5)
        let real = Array(
            "20120808,0.8613657,0.03571430,619.86\n20121106,0.8650639,0.03571430,582.86\n20501231,1,1,0\n".utf8)
        for _ in 0..<800 {
            var bytes = real
            for _ in 0...random.index(below: 3) {
                bytes[random.index(below: bytes.count)] = Array("0123456789.,\n-e\"x".utf8)[random.index(below: 17)]
            }
            let path = directory.file("y.csv")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            if let table = try? LEANFactorFile.read(path) {
                _ = try? AdjustmentRule(table, .total, asOf: table.steps[0].until)
            }
            _ = try? TickerMap([path])
        }
    }
}

@Suite(.enabled(if: SharedData.isThere, "needs the shared data")) struct YahooActionTests {
    static func chart(_ name: String) throws -> (YahooChart, adjusted: [Double], closes: [Double]) {
        let bytes = try FileChunks.bytes(SharedData.path("data/yahoo-chart/bodies/\(name).json"))
        let result = try #require(try JSONParser.parse(bytes)[path: "chart.result.0.indicators"])
        func series(_ path: String) -> [Double] { result[path: path]?.listValue?.map { $0.doubleValue ?? .nan } ?? [] }
        return (
            try YahooChart.decode(bytes, symbol: "AAPL"), series("adjclose.0.adjclose"), series("quote.0.close")
        )
    }

    @Test(
        "the server's adjusted close is the product over later ex-days of 1 − amount / close before",
        arguments: [
            ("AAPL_1d_2020-08-31_2020-11-07_split_dividend", [0.99827774509], [0.99827758766]),
            ("AAPL_1d_6mo_20251029", [0.99869037424, 0.99886636149], [0.99869039157, 0.99886638544]),
        ])
    func adjustedClose(name: String, computed: [Double], observed: [Double]) throws {
        let (chart, adjusted, closes) = try YahooActionTests.chart(name)
        let table = try CorporateActionTable(chart), rule = try AdjustmentRule(table, .total)
        #expect(table.actions.count(where: { $0.kind == .dividend }) == computed.count && table.pricesHoldSplits)
        try #require(chart.bars.count <= closes.count && adjusted.count == closes.count)
        var zone = try ExchangeZone(chart.bars.zone)
        // Dividends after the chart's end are in the server's figures and not in its events.
        let later = adjusted[chart.bars.count - 1] / closes[chart.bars.count - 1]
        for index in 0..<chart.bars.count {
            let day = CivilDate(nanoseconds: zone.local(chart.bars.time[index]))
            let expected = adjusted[index] / closes[index] / later
            #expect(abs(rule.factors(on: day).price - expected) < 4e-7, "\(day)")
        }
        // Over one ex-day: the factor by the rule, and what the server's figures, floats of 32 bits, make of it.
        for (index, payment) in chart.dividends.enumerated() {
            let ex = try #require(chart.bars.time.firstIndex { $0 >= payment.time })
            let dividends = table.actions.filter { $0.kind == .dividend }
            #expect(abs(dividends[index].factor - computed[index]) < 1e-9)
            let seen = adjusted[ex - 1] / closes[ex - 1] / (adjusted[ex] / closes[ex])
            #expect(abs(seen - observed[index]) < 1e-10)
        }
    }

    @Test("prices of a chart hold splits: none takes them out again, as of a day before too; capital gains are cash")
    func splits() throws {
        let text = """
            {"chart":{"result":[{"meta":{"symbol":"X","dataGranularity":"1d","exchangeTimezoneName":"America/New_York"},
            "timestamp":[1598621400,1598880600,1598967000],"events":{
            "splits":{"1598880600":{"date":1598880600,"numerator":4,"denominator":1}},
            "capitalGains":{"1598967000":{"date":1598967000,"amount":0.5}},
            "dividends":{"1598621400":{"date":1598621400,"amount":0.5}}},
            "indicators":{"quote":[{"open":[10,10,10],"high":[10,10,10],"low":[10,10,10],"close":[10,10,10],
            "volume":[400,400,400]}]}}],"error":null}}
            """
        let chart = try YahooChart.decode(Array(text.utf8), symbol: "X"), table = try CorporateActionTable(chart)
        #expect(
            table.actions.map(\.kind) == [.split, .capitalGains]
                && table.notes.contains { $0.contains("no bar before") })
        func closes(_ adjustment: Adjustment, asOf day: Int? = nil) throws -> [Double] {
            let month = day == 28 ? 8 : day == 31 ? 8 : 9
            let rule = try AdjustmentRule(
                table, adjustment, asOf: day.map { CivilDate(year: 2020, month: month, day: $0) })
            let bars = try chart.bars.adjusted(rule)
            return bars.close.map { Double($0) / Double(FixedPoint.powers[bars.priceDecimals]) }
        }
        #expect(try closes(.none) == [40, 10, 10] && closes(.splits) == [10, 10, 10])
        #expect(try closes(.total) == [9.5, 9.5, 10])
        #expect(try closes(.total, asOf: 28) == [40] && closes(.splits, asOf: 28) == [40])
        #expect(try closes(.total, asOf: 31) == [10, 10] && closes(.total, asOf: 1) == [9.5, 9.5, 10])
        let volume = try chart.bars.adjusted(AdjustmentRule(table, .none))
        #expect(volume.volume[0] == 100 * FixedPoint.powers[volume.volumeDecimals])
    }
}
