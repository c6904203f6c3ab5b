import Basics
import Features
import MarketData
import Tables
import Tensors
import TestSupport
import Testing

/// Features of bars that corporate actions are taken out of, point in time.
@Suite struct AdjustedFeatureTests {
    static let text = #"""
        {"resetAtSession": false, "missingBarsAllowed": 5, "hours": "all", "features": {
            "close": "close", "volume": "volume", "r": "log_return(close, 1)", "slow": "ema(close, 30)",
            "rsi": "rsi(close, 14)", "z": "zscore(close, 20)", "sum": "mean(volume, 10)"}}
        """#

    static func market(_ prices: String, interval: String = "1d") throws -> MarketSpec {
        try MarketSpec(
            JSONParser.parse(
                #"{"schemaVersion": 2, "interval": "\#(interval)", "#
                    + #""adjust": {"prices": "\#(prices)", "actions": "x"}}"#))
    }

    static func table(_ bars: BarTable, _ actions: CorporateActionTable, _ market: MarketSpec) throws -> FeatureTable {
        var table = FeatureTable(
            spec: try FeatureSpec(JSONParser.parse(text)), market: market,
            label: try LabelSpec(JSONParser.parse(#"{"kind": "profit", "horizon": 3, "costBps": 2}"#), path: "label"),
            source: "")
        try table.append(bars, actions: actions)
        return table
    }

    static func day(_ year: Int, _ month: Int, _ day: Int) -> CivilDate {
        CivilDate(year: year, month: month, day: day)
    }

    /// The last nanosecond of a day in New York.
    static func evening(_ day: CivilDate) throws -> Nanoseconds {
        var zone = try ExchangeZone("America/New_York")
        return zone.utc(Int64(day.daysSince1970 + 1) * 86_400_000_000_000) - 1
    }

    static func daily(_ ticker: String) throws -> BarTable {
        let file = try FoundFiles.find(SharedData.path("data/lean/daily/\(ticker).zip"))
        return try BarTable(canonical: file.read(.bars), zone: "America/New_York", interval: 86_400_000_000_000)
    }

    static func factors(_ ticker: String) throws -> CorporateActionTable {
        try LEANFactorFile.read(SharedData.path("data/lean/factor_files/\(ticker).csv"))
    }

    /// What a table says of its first rows, in bits.
    static func bits(_ table: FeatureTable, _ count: Int) -> [UInt64] {
        var bits: [UInt64] = []
        for row in 0..<count {
            for column in 0..<table.width { bits.append(UInt64(table.values[row * table.width + column].bitPattern)) }
            bits.append(UInt64(bitPattern: table.time[row]))
            bits.append(UInt64(table.segment[row]))
        }
        return bits
    }

    /// Weekdays of 2020 from January on at 100, at 25 from a split on 1 June on, a dividend of 1 on 1 July.
    static func made() throws -> (bars: BarTable, actions: CorporateActionTable) {
        var bars = BarTable(instrument: "X", zone: "America/New_York", interval: 86_400_000_000_000)
        var zone = try ExchangeZone("America/New_York")
        let split = day(2020, 6, 1), ex = day(2020, 7, 1)
        for number in day(2020, 1, 2).daysSince1970...day(2020, 8, 28).daysSince1970 {
            let date = CivilDate(daysSince1970: number)
            guard date.weekday < 5 else { continue }
            let price: Int64 = date < split ? 1_000_000 : date < ex ? 250_000 : 240_000
            bars.append(
                Bar(
                    time: zone.utc(Int64(number) * 86_400_000_000_000), open: price, high: price, low: price,
                    close: price, volume: date < split ? 100 : 400))
        }
        func action(_ date: CivilDate, _ kind: CorporateAction.Kind, _ factor: Double) -> CorporateAction {
            CorporateAction(
                lastDay: CivilDate(daysSince1970: date.daysSince1970 - 1), kind: kind, factor: factor, reference: nil,
                amount: nil, firstKnown: zone.utc(Int64(date.daysSince1970) * 86_400_000_000_000) + 34_200_000_000_000)
        }
        let actions = [action(split, .split, 0.25), action(ex, .dividend, 0.96)]
        return (
            bars,
            CorporateActionTable(
                instrument: "X", zone: "America/New_York", actions: actions, pricesHoldSplits: false, notes: [])
        )
    }

    @Test("a split is no return, a dividend is one of the price alone; the newest price is as traded")
    func law() throws {
        let (bars, actions) = try AdjustedFeatureTests.made()
        for (prices, jumps) in [("none", 2), ("splits", 1), ("total", 0)] {
            let table = try AdjustedFeatureTests.table(bars, actions, AdjustedFeatureTests.market(prices))
            let width = table.width
            var returns = 0, moves = 0, names = Set<Int32>()
            for row in 0..<table.rowCount {
                if abs(table.values[row * width + 2]) > 1e-6 { returns += 1 }
                if abs(table.forwardReturn[row]) > 1e-9 { moves += 1 }
                names.insert(table.segment[row])
                let index = bars.time.firstIndex(of: table.time[row]) ?? 0
                #expect(table.values[row * width] == Float(Double(bars.close[index]) / 10_000))
                // Volumes of 100 old shares are 400 new ones.
                if prices != "none" { #expect(table.values[row * width + 6] == Float(bars.volume[index])) }
            }
            #expect(returns == jumps && moves == 2 * jumps, "\(prices)")
            #expect(names.count == 1)
            // Prices on the level of money have the same jumps.
            let steps = (1..<table.rowCount).count { abs(table.closePrice[$0] / table.closePrice[$0 - 1] - 1) > 1e-9 }
            #expect(steps == jumps, "\(prices)")
            let money = try bars.asMoney(actions, Adjustment(rawValue: prices) ?? .none)
            let moneySteps = (1..<money.count).count { money.close[$0] != money.close[$0 - 1] }
            #expect(moneySteps == jumps, "\(prices)")
        }
    }

    @Test("rows are those of a series adjusted as of each row, by another path")
    func byDefinition() throws {
        let (bars, actions) = try AdjustedFeatureTests.made()
        let market = try AdjustedFeatureTests.market("total")
        let table = try AdjustedFeatureTests.table(bars, actions, market)
        var zone = try ExchangeZone("America/New_York")
        let nothing = CorporateActionTable(
            instrument: "X", zone: "America/New_York", actions: [], pricesHoldSplits: false, notes: [])
        for row in stride(from: 0, to: table.rowCount, by: 7) {
            let day = CivilDate(nanoseconds: zone.local(table.time[row]))
            let rule = try AdjustmentRule(actions, .total, asOf: day)
            var part = bars.selecting(bars.time.indices.filter { bars.time[$0] <= table.time[row] })
            part = try part.adjusted(rule)
            let other = try AdjustedFeatureTests.table(part, nothing, market)
            let last = other.rowCount - 1
            #expect(other.time[last] == table.time[row])
            for column in 0..<table.width {
                let (a, b) = (table.values[row * table.width + column], other.values[last * table.width + column])
                #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "row \(row), column \(column): \(a) and \(b)")
            }
        }
    }

    @Test("live equals offline to the bit, and a market that adjusts does not run without actions")
    func live() throws {
        let (bars, actions) = try AdjustedFeatureTests.made()
        let market = try AdjustedFeatureTests.market("total"),
            spec = try FeatureSpec(
                JSONParser.parse(AdjustedFeatureTests.text))
        let table = try AdjustedFeatureTests.table(bars, actions, market)
        var stream = try FeatureStream(
            spec: spec, market: market, priceDecimals: 4, volumeDecimals: 0, actions: actions)
        var row = [Float](repeating: 0, count: table.width), next = 0
        for index in 0..<bars.count {
            let outcome = row.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.map { stream.push(bars[index], into: $0) } ?? .unused
            }
            guard outcome == .ready else { continue }
            let expected = (0..<table.width).map { table.values[next * table.width + $0].bitPattern }
            #expect(row.map(\.bitPattern) == expected && stream.segment == table.segment[next])
            next += 1
        }
        #expect(next == table.rowCount)
        #expect { _ = try FeatureStream(spec: spec, market: market, priceDecimals: 4, volumeDecimals: 0) } throws: {
            ($0 as? Failure)?.code == "data.actions"
        }
    }

    /// Must-show 5 of market data: features of a day from what was known that evening are those from today's files.
    @Test(
        "features as of a day are those of data that ends there, to the bit, around AAPL's splits and dividends",
        .enabled(if: SharedData.isThere, "needs the shared data"), arguments: ["splits", "total"])
    func probe(_ prices: String) throws {
        let all = try AdjustedFeatureTests.daily("aapl"), factors = try AdjustedFeatureTests.factors("aapl")
        let bars = all.selecting(all.time.indices.filter { all.time[$0] > 1_330_000_000_000_000_000 })
        let market = try AdjustedFeatureTests.market(prices)
        let today = try AdjustedFeatureTests.table(bars, factors, market)
        let days = [
            AdjustedFeatureTests.day(2012, 8, 8), AdjustedFeatureTests.day(2012, 8, 9),
            AdjustedFeatureTests.day(2014, 6, 6), AdjustedFeatureTests.day(2014, 6, 9),
            AdjustedFeatureTests.day(2014, 6, 10), AdjustedFeatureTests.day(2020, 8, 28),
            AdjustedFeatureTests.day(2020, 8, 31),
        ]
        for day in days {
            let evening = try AdjustedFeatureTests.evening(day)
            let then = try AdjustedFeatureTests.table(
                bars.known(at: evening, in: market), factors.known(at: evening), market)
            let count = then.rowCount
            #expect(count > 20 && today.rowCount > count)
            #expect(AdjustedFeatureTests.bits(then, count) == AdjustedFeatureTests.bits(today, count), "\(day)")
            // Prices beside the rows, and labels that had ended by then, are the same too.
            for row in 0..<count {
                #expect(then.closePrice[row] == today.closePrice[row])
                if !then.forwardReturn[row].isNaN { #expect(then.forwardReturn[row] == today.forwardReturn[row]) }
            }
        }
    }

    @Test(
        "minute bars around the split of 9 June 2014: equal to the bit, no jump, newest price as traded",
        .enabled(if: SharedData.isThere, "needs the shared data"))
    func minutes() throws {
        var bars = BarTable(instrument: "aapl", zone: "America/New_York", interval: 60_000_000_000)
        for day in ["20140605", "20140606", "20140609"] {
            let file = try FoundFiles.find(SharedData.path("data/lean/minute/aapl/\(day)_trade.zip"))
            let part = try BarTable(canonical: file.read(.bars), zone: "America/New_York", interval: 60_000_000_000)
            for row in 0..<part.count { bars.append(part[row]) }
        }
        let factors = try AdjustedFeatureTests.factors("aapl")
        let market = try AdjustedFeatureTests.market("splits", interval: "1m")
        let text = #"""
            {"resetAtSession": false, "missingBarsAllowed": 400, "features": {
                "close": "close", "r": "log_return(close, 1)", "slow": "ema(close, 30)"}}
            """#
        func table(_ bars: BarTable, _ actions: CorporateActionTable) throws -> FeatureTable {
            var table = FeatureTable(
                spec: try FeatureSpec(JSONParser.parse(text)), market: market,
                label: try LabelSpec(JSONParser.parse(#"{"kind": "profit", "horizon": 3, "costBps": 2}"#), path: "l"),
                source: "")
            try table.append(bars, actions: actions)
            return table
        }
        let today = try table(bars, factors)
        #expect((0..<today.rowCount).allSatisfy { abs(today.values[$0 * 3 + 1]) < 0.1 })
        #expect(today.values[(today.rowCount - 1) * 3] < 100 && today.values[0] > 600)
        let evening = try AdjustedFeatureTests.evening(AdjustedFeatureTests.day(2014, 6, 6))
        let then = try table(bars.known(at: evening, in: market), factors.known(at: evening))
        #expect(then.rowCount > 600 && then.rowCount < today.rowCount)
        #expect(
            AdjustedFeatureTests.bits(then, then.rowCount) == AdjustedFeatureTests.bits(today, then.rowCount))
        #expect(try table(bars, factors.known(at: evening)).values[(today.rowCount - 1) * 3 + 1].isFinite)
    }

    @Test(
        "of prices that hold splits already, rows as of an evening are those of the whole, before a split and after",
        .enabled(if: SharedData.isThere, "needs the shared data"), arguments: ["splits", "total"])
    func held(prices: String) throws {
        let factors = try Self.factors("aapl")
        let actions = CorporateActionTable(
            instrument: "aapl", zone: factors.zone, actions: factors.actions, pricesHoldSplits: true, notes: [])
        let bars = try Self.daily("aapl").adjusted(AdjustmentRule(factors, .splits)), market = try Self.market(prices)
        let whole = try Self.table(bars, actions, market)
        for day in [Self.day(2012, 8, 9), Self.day(2014, 6, 6), Self.day(2014, 6, 9), Self.day(2020, 8, 28)] {
            let evening = try Self.evening(day)
            let then = try Self.table(bars.known(at: evening, in: market), actions.known(at: evening), market)
            #expect(then.rowCount > 100 && then.time.last.map { $0 < evening } == true)
            let count = then.rowCount * then.width
            #expect(
                then.values.map(\.bitPattern) == (0..<count).map { whole.values[$0].bitPattern }, "\(day)")
            #expect(Array(then.closePrice) == (0..<then.rowCount).map { whole.closePrice[$0] }, "\(day)")
        }
    }
}
