import Basics
import Features
import MarketData
import Tables
import Tensors
import Testing

/// Features of coarser bars than the market's: equal to those of coarser bars that were made before, and live to
/// offline.
@Suite struct CoarseBarTests {
    private static let minute: Nanoseconds = 60_000_000_000
    private static let features = #"""
        "r": "log_return(close, 1)", "z": "zscore(r, 5)", "v": "ratio(volume, 3)", "p": "parkinson(4)",
        "b": "close / open", "t": "time_of_day", "m": "mean(r, 3) * z"
        """#

    static func spec(_ bars: String?, more: String = "") throws -> FeatureSpec {
        let key = bars.map { "\"bars\": \($0), " } ?? ""
        return try FeatureSpec(JSONParser.parse("{\(key)\(more)\"features\": {\(features)}}"))
    }

    static func market(_ minutes: Int64) -> MarketSpec {
        var market = MarketSpec()
        market.interval = minutes * minute
        return market
    }

    /// Five-minute bars of the sessions from one day to another, some left out.
    static func bars(_ first: String, _ last: String, seed: UInt64, isMissing: (Int, Int) -> Bool = { _, _ in false })
        throws -> BarTable
    {
        var table = BarTable(instrument: "X", zone: "America/New_York", interval: 5 * minute)
        var calendar = try TradingCalendar("XNYS"), random = SeededRandom(seed: seed, 0xC0), price: Int64 = 1_000_000
        let days = try (#require(CivilDate(first)), #require(CivilDate(last)))
        for (day, session) in try calendar.sessions(from: days.0, to: days.1).enumerated() {
            for (index, time) in stride(from: session.open, to: session.close, by: Int(5 * minute)).enumerated() {
                let open = price
                price += Int64(random.index(below: 2001)) - 1000
                let high = max(open, price) + Int64(random.index(below: 300))
                let low = min(open, price) - Int64(random.index(below: 300))
                let volume = Int64(random.index(below: 5000))
                guard !isMissing(day, index) else { continue }
                table.append(Bar(time: time, open: open, high: high, low: low, close: price, volume: volume))
            }
        }
        return table
    }

    /// The same bars made coarser as a table of their own.
    static func coarser(_ table: BarTable, _ rule: String, resets: Bool) throws -> BarTable {
        let fields = CanonicalFields.fields(.bars, priceDecimals: 4, sizeDecimals: 0)
        var builder = CanonicalBuilder(.bars, fields: fields, file: "x.csv")
        for index in 0..<table.count {
            let bar = table[index]
            builder.add(
                .init(time: bar.time, knownTime: bar.time + 5 * minute, instrument: "X", position: index + 1),
                .integer(bar.open), .integer(bar.high), .integer(bar.low), .integer(bar.close), .integer(bar.volume))
        }
        let bars = try ResampledBars(
            ChunkList(fields: fields, [builder.take()]), kind: .bars, rule: BarRule(rule),
            calendar: TradingCalendar("XNYS"), interval: 5 * minute, resetsAtSession: resets)
        return try BarTable(canonical: bars, zone: "America/New_York", interval: 5 * minute)
    }

    static func table(_ bars: BarTable, _ spec: FeatureSpec, _ market: MarketSpec, horizon: Int = 2) throws
        -> FeatureTable
    {
        var table = FeatureTable(
            spec: spec, market: market, label: LabelSpec(kind: .profit, horizon: horizon, costBps: 1), source: "")
        try table.append(bars)
        return table
    }

    @Test(
        "features and labels equal those of bars that were made coarser before, row for row",
        arguments: [("15m", Int64(15), true), ("1h", 60, true), ("90m", 90, false), ("5m", 5, true), ("1h", 60, false)])
    func equalsResampled(every: String, minutes: Int64, resets: Bool) throws {
        // A half-day is among them.
        let bars = try CoarseBarTests.bars("2024-11-18", "2024-12-06", seed: 1)
        let coarse = try CoarseBarTests.coarser(bars, "every:\(every)", resets: false)
        let more = "\"resetAtSession\": \(resets), "
        let found = try CoarseBarTests.table(
            bars, CoarseBarTests.spec(#"{"every": "\#(every)"}"#, more: more), CoarseBarTests.market(5), horizon: 1)
        let expected = try CoarseBarTests.table(
            coarse, CoarseBarTests.spec(nil, more: more), CoarseBarTests.market(minutes), horizon: 1)
        #expect(found.rowCount == expected.rowCount && found.rowCount > 5)
        #expect(found.values.map(\.bitPattern) == expected.values.map(\.bitPattern))
        #expect(Array(found.segment) == Array(expected.segment))
        #expect(found.forwardReturn.map(\.bitPattern) == expected.forwardReturn.map(\.bitPattern))
        #expect(found.closePrice.map(\.bitPattern) == expected.closePrice.map(\.bitPattern))
        #expect(found.entryPrice.map(\.bitPattern) == expected.entryPrice.map(\.bitPattern))
        // A row stands at the bar that completes the coarse one.
        var grid = BarGrid(every: minutes * CoarseBarTests.minute, calendar: try TradingCalendar("XNYS"))
        for row in 0..<found.rowCount {
            let slot = try grid.slot(of: expected.time[row])
            #expect(slot.end == found.time[row] + 5 * CoarseBarTests.minute)
        }
    }

    @Test(
        "so do features of bars by volume and money",
        arguments: [(#"{"volume": 20000}"#, "volume:20000"), (#"{"dollars": 1500000}"#, "dollars:1500000")])
    func equalsThresholds(bars rule: String, text: String) throws {
        let bars = try CoarseBarTests.bars("2024-11-18", "2024-12-06", seed: 2)
        let coarse = try CoarseBarTests.coarser(bars, text, resets: true)
        let found = try CoarseBarTests.table(bars, CoarseBarTests.spec(rule), CoarseBarTests.market(5))
        // Bars of no fixed length follow each other where the session does not end.
        let lenient = try CoarseBarTests.spec(nil, more: #""missingBarsAllowed": 78, "#)
        let expected = try CoarseBarTests.table(coarse, lenient, CoarseBarTests.market(5))
        #expect(found.rowCount == expected.rowCount && found.rowCount > 20)
        #expect(found.values.map(\.bitPattern) == expected.values.map(\.bitPattern))
        #expect(Array(found.segment) == Array(expected.segment))
    }

    @Test("a label is the return from the open of the next bar to the close of the bar that completes the last")
    func labels() throws {
        let bars = try CoarseBarTests.bars("2025-05-12", "2025-05-12", seed: 3)
        let spec = try FeatureSpec(JSONParser.parse(#"{"bars": {"every": "15m"}, "features": {"c": "close"}}"#))
        let table = try CoarseBarTests.table(bars, spec, CoarseBarTests.market(5))
        #expect(table.rowCount == 26 && table.time[0] == bars.time[2] && table.time[25] == bars.time[77])
        let expected = Double(bars.close[8]) / Double(bars.open[3]) - 1
        #expect(table.forwardReturn[0] == expected && table.labelEnd[0] == bars.time[8])
        #expect(table.forwardReturn.count { $0.isNaN } == 2 && table.values[0] == Float(Double(bars.close[2]) / 10_000))
    }

    @Test("a coarse bar that lacks a bar is not there, late neither, and the segment breaks")
    func missing() throws {
        func rows(_ allowed: Int, _ gone: Set<Int>) throws -> (times: [Int], segments: [Int32], incomplete: Int) {
            let bars = try CoarseBarTests.bars("2025-05-12", "2025-05-12", seed: 4) { gone.contains($1) }
            let spec = try FeatureSpec(
                JSONParser.parse(
                    #"{"bars": {"every": "15m"}, "missingBarsAllowed": \#(allowed), "features": {"c": "close"}}"#))
            var stream = try FeatureStream(
                spec: spec, market: CoarseBarTests.market(5), priceDecimals: 4, volumeDecimals: 0)
            var row: Float = 0, times: [Int] = [], segments: [Int32] = []
            for index in 0..<min(bars.count, 18 - gone.count) where stream.push(bars[index], into: &row) == .ready {
                let open = try #require(bars.time.first) - (gone.contains(0) ? 5 * CoarseBarTests.minute : 0)
                times.append(Int((bars.time[index] - open) / (5 * CoarseBarTests.minute)))
                segments.append(stream.segment)
            }
            try stream.requireKnown()
            return (times, segments, stream.incompleteBars)
        }
        #expect(try rows(0, []) == ([2, 5, 8, 11, 14, 17], [0, 0, 0, 0, 0, 0], 0))
        // In the middle, the last, the first of a coarse bar.
        #expect(try rows(0, [4]) == ([2, 8, 11, 14, 17], [0, 1, 1, 1, 1], 1))
        #expect(try rows(0, [5]) == ([2, 8, 11, 14, 17], [0, 1, 1, 1, 1], 1))
        #expect(try rows(0, [6]) == ([2, 5, 11, 14, 17], [0, 0, 1, 1, 1], 1))
        // Where one may be missing, the last may not: the coarse bar would come late.
        #expect(try rows(1, [4]) == ([2, 5, 8, 11, 14, 17], [0, 0, 0, 0, 0, 0], 0))
        #expect(try rows(1, [5]) == ([2, 8, 11, 14, 17], [0, 1, 1, 1, 1], 1))
        #expect(try rows(1, [6]) == ([2, 5, 8, 11, 14, 17], [0, 0, 0, 0, 0, 0], 0))
        // The data begin inside a coarse bar: nobody knows whether one came before.
        #expect(try rows(1, [0]) == ([5, 8, 11, 14, 17], [0, 0, 0, 0, 0], 1))
    }

    @Test(
        "a stream that begins anywhere gives the rows of one that saw everything, once it is warm",
        arguments: [#"{"every": "15m"}"#, #"{"volume": 20000}"#])
    func liveEqualsOffline(rule: String) throws {
        let bars = try CoarseBarTests.bars("2025-05-12", "2025-05-16", seed: 5) { $0 == 2 && $1 == 40 }
        let spec = try CoarseBarTests.spec(rule), market = CoarseBarTests.market(5)
        let whole = try CoarseBarTests.table(bars, spec, market), width = whole.width
        for begin in [1, 2, 17, 77, 78, 100, 200] {
            var live = try FeatureStream(spec: spec, market: market, priceDecimals: 4, volumeDecimals: 0)
            var row = [Float](repeating: 0, count: width), count = 0
            for index in begin..<bars.count where live.push(bars[index], into: &row) == .ready {
                let offline = try #require((0..<whole.rowCount).first { whole.time[$0] == bars.time[index] })
                let values = (0..<width).map { whole.values[offline * width + $0].bitPattern }
                #expect(row.map(\.bitPattern) == values, "from \(begin) at \(index)")
                count += 1
            }
            #expect(count > 0)
            // From the next session on none is missing.
            let later = bars.time[min(begin + 78, bars.count - 1)]
            #expect(count >= whole.time.count { $0 > later })
        }
    }

    @Test("bars that cannot be made are refused")
    func refused() throws {
        func spec(_ text: String) -> ConfigError? {
            #expect(throws: ConfigError.self, "\(text)") {
                try FeatureSpec(JSONParser.parse(#"{\#(text), "features": {"m": "1"}}"#))
            }
        }
        #expect(spec(#""bars": {"ticks": 5}"#)?.problem.contains("bars do not say their trades") == true)
        #expect(spec(#""bars": {"every": "1d"}"#)?.problem.contains("expected a length below a day") == true)
        #expect(spec(#""input": "book", "bars": {"every": "5m"}"#)?.problem.contains("expected input: bars") == true)
        #expect(spec(#""resetAtSession": false, "bars": {"volume": 5}"#)?.problem.contains("begin anew") == true)
        let error = #expect(throws: Failure.self) {
            try FeatureStream(
                spec: CoarseBarTests.spec(#"{"every": "12m"}"#), market: CoarseBarTests.market(5), priceDecimals: 4,
                volumeDecimals: 0)
        }
        #expect(error?.code == "features.bars" && error?.message.contains("expected a multiple") == true)
        // Hour bars on the full hour lie on no grid of the session.
        var stream = try FeatureStream(
            spec: CoarseBarTests.spec(#"{"every": "2h"}"#), market: CoarseBarTests.market(60), priceDecimals: 4,
            volumeDecimals: 0)
        var row = [Float](repeating: 0, count: stream.width)
        let nine = try #require(TimeText.parseUTC("2025-05-12T13:00:00Z"))
        for hour in 0..<7 {
            let time = nine + Int64(hour) * 60 * CoarseBarTests.minute
            _ = stream.push(Bar(time: time, open: 1, high: 1, low: 1, close: 1, volume: 1), into: &row)
        }
        #expect(throws: Failure.self) { try stream.requireKnown() }
    }

    @Test("a spec with bars reads its JSON back; one without writes none")
    func json() throws {
        for rule in [#"{"every":"15m"}"#, #"{"volume":10000}"#, #"{"dollars":"0.5"}"#] {
            let spec = try CoarseBarTests.spec(rule)
            #expect(try FeatureSpec(spec.json) == spec && spec.json[key: "bars"]?.text(.compact) == rule)
        }
        #expect(try CoarseBarTests.spec(nil).json[key: "bars"] == nil)
        let label = LabelSpec(kind: .profit, horizon: 4, costBps: 1)
        #expect(try CoarseBarTests.spec(nil).holdBars(label, market: CoarseBarTests.market(5)) == 4)
        #expect(try CoarseBarTests.spec(#"{"every": "15m"}"#).holdBars(label, market: CoarseBarTests.market(5)) == 12)
        #expect(throws: Failure.self) {
            try CoarseBarTests.spec(#"{"volume": 10}"#).holdBars(label, market: CoarseBarTests.market(5))
        }
    }

    @Test("a strategy is refused where closes cut bars short and labels go on behind them, over night or lunch")
    func cut() throws {
        let label = LabelSpec(kind: .profit, horizon: 1, costBps: 1), goesOn = #""resetAtSession": false, "#
        func hold(_ every: String, more: String, calendar: String = "XNYS") throws -> Int {
            var market = CoarseBarTests.market(5)
            market.calendar = .named(calendar)
            return try CoarseBarTests.spec(#"{"every": "\#(every)"}"#, more: more).holdBars(label, market: market)
        }
        #expect(try hold("1h", more: "") == 12 && hold("30m", more: goesOn) == 6)
        #expect(throws: Failure.self) { try hold("1h", more: goesOn) }
        #expect(try hold("30m", more: "", calendar: "XSHG") == 6)
        #expect(throws: Failure.self) { try hold("45m", more: "", calendar: "XSHG") }
        #expect(try hold("1h", more: goesOn, calendar: "always") == 12)
    }
}
