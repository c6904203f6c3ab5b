import Basics
import Features
import Foundation
import MarketData
import Tensors
import TestSupport
import Testing

/// Feature tables say when a row and its label could be known, and splits go by that.
@Suite struct KnownTimeTests {
    static let second: Nanoseconds = 1_000_000_000, minute = 60 * second, hour = 60 * minute

    static func newYork(_ day: CivilDate, hour: Int = 0, minute: Int = 0) throws -> Nanoseconds {
        var zone = try ExchangeZone("America/New_York")
        return zone.utc(Int64(day.daysSince1970 * 86_400 + hour * 3600 + minute * 60) * second)
    }

    /// Bars with a little noise; times are the only thing that matters.
    static func bars(_ times: [Nanoseconds], interval: Nanoseconds, name: String = "X", seed: UInt64 = 1) -> BarTable {
        var random = SeededRandom(seed: seed), price: Int64 = 1_000_000
        var bars = BarTable(instrument: name, zone: "America/New_York", interval: interval)
        for time in times {
            price += Int64(random.index(below: 2001)) - 1000
            bars.append(
                Bar(time: time, open: price, high: price + 500, low: price - 500, close: price + 100, volume: 10))
        }
        return bars
    }

    static func table(_ all: [BarTable], _ spec: String, interval: Nanoseconds, horizon: Int = 1) throws -> FeatureTable
    {
        var market = MarketSpec()
        market.interval = interval
        var table = FeatureTable(
            spec: try FeatureSpec(JSONParser.parse(spec)), market: market,
            label: LabelSpec(kind: .forwardReturn, horizon: horizon, costBps: 0), source: "")
        for bars in all { try table.append(bars) }
        return table
    }

    /// Sessions of New York from a day on.
    static func sessions(from day: CivilDate, count: Int) throws -> [TradingSession] {
        var calendar = try TradingCalendar("XNYS"), out: [TradingSession] = [],
            last = CivilDate(daysSince1970: day.daysSince1970 - 1)
        while out.count < count, let next = try calendar.session(after: last) {
            out.append(next)
            last = next.label
        }
        return out
    }

    static let daily = #"{"features": {"r": "log_return(close, 1)"}, "resetAtSession": false}"#

    @Test("daily bars are known at their session's close, on half-days at one; so are their labels")
    func dailyTable() throws {
        let sessions = try Self.sessions(from: CivilDate(year: 2024, month: 6, day: 24), count: 12)
        let bars = Self.bars(
            try sessions.map { try Self.newYork($0.label) }, interval: 24 * Self.hour)
        let table = try Self.table([bars], Self.daily, interval: 24 * Self.hour, horizon: 2)
        #expect(table.rowCount == 11 && table.isTimed)
        for row in 0..<table.rowCount {
            #expect(table.known(row) == sessions[row + 1].close)
            let hasLabel = row + 3 < sessions.count
            #expect(table.known(labelAt: row) == (hasLabel ? sessions[row + 3].close : FeatureTable.neverEnds))
            #expect(table.end(ofLabelAt: row) == (hasLabel ? bars.time[row + 3] : FeatureTable.neverEnds))
        }
        // The third of July is a half-day.
        let half = try #require(sessions.firstIndex { $0.label == CivilDate(year: 2024, month: 7, day: 3) })
        #expect(
            table.known(half - 1) == (try Self.newYork(CivilDate(year: 2024, month: 7, day: 3), hour: 13)))
        try table.requireDefined()
    }

    @Test("the evening of a day knows that day's bar, also where the next one is a holiday")
    func asOf() throws {
        let sessions = try Self.sessions(from: CivilDate(year: 2023, month: 1, day: 3), count: 400)
        let bars = Self.bars(
            try sessions.map { try Self.newYork($0.label) }, interval: 24 * Self.hour)
        let table = try Self.table([bars], Self.daily, interval: 24 * Self.hour)
        for day in ["2024-06-28", "2024-07-03", "2024-07-04"] {
            var split = SplitSpec()
            split.asOf = day
            let last = try #require(
                try WindowedDataset.times(table, window: 3, split: split).last)
            let end = try #require(TimeText.parseKnownBy(day))
            // The label of the last sample reads the last bar that was over by then.
            let row = try #require((0..<table.rowCount).first { table.time[$0] == last })
            #expect(table.known(labelAt: row) <= end && table.known(labelAt: row + 1) > end)
            #expect(table.end(ofLabelAt: row) == bars.time[try #require(sessions.lastIndex { $0.close <= end })])
        }
        // At half past twelve the bar of the half-day is not known, at one it is.
        var noon = SplitSpec(), one = SplitSpec()
        (noon.asOf, one.asOf) = ("2024-07-03T16:30:00Z", "2024-07-03T17:00:00Z")
        let before = try WindowedDataset.times(table, window: 3, split: noon),
            after = try WindowedDataset.times(table, window: 3, split: one)
        #expect(after.count == before.count + 1)
    }

    @Test("a table of version 3 keeps both times; one without them is of version 2, byte for byte as before")
    func file() throws {
        let sessions = try Self.sessions(from: CivilDate(year: 2024, month: 7, day: 1), count: 3)
        let times = sessions.flatMap { s in (0..<s.bars(of: Self.hour)).map { s.open + Int64($0) * Self.hour } }
        let table = try Self.table(
            [Self.bars(times, interval: Self.hour)], #"{"features": {"x": "close"}}"#, interval: Self.hour)
        // 7 bars a day and 4 on the half-day; the last of each is short.
        #expect(table.rowCount == 18 && table.known(6) == sessions[0].close && table.known(17) == sessions[2].close)
        let directory = try TemporaryDirectory()
        try table.write(to: directory.file("3.safetensors"))
        let read = try FeatureTable.read(directory.file("3.safetensors"))
        #expect(read.knownTime == table.knownTime && read.labelKnownTime == table.labelKnownTime && read.isTimed)
        var older = table
        (older.knownTime, older.labelKnownTime) = ([], [])
        try older.write(to: directory.file("2.safetensors"))
        let second = try FeatureTable.read(directory.file("2.safetensors"))
        #expect(!second.isTimed && second.known(3) == table.time[3] + Self.hour)
        // There the last bar of a day counts as known half an hour late.
        #expect(second.known(6) == sessions[0].close + Self.hour / 2)
        #expect(second.known(labelAt: 17) == FeatureTable.neverEnds)
        let header = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: directory.file("2.safetensors"))), as: UTF8.self)
        #expect(header.contains(#""version":"2""#) && !header.contains("label_known"))
    }

    @Test("regular bars of a session: the parts are those that positions in time gave, in every kind and fold")
    func sameParts() throws {
        let sessions = try Self.sessions(from: CivilDate(year: 2024, month: 6, day: 3), count: 25)
        let interval = 5 * Self.minute
        let all = (0..<3).map { instrument in
            var random = SeededRandom(seed: UInt64(instrument))
            let times = sessions.flatMap { session in
                (0..<session.bars(of: interval)).filter { _ in random.index(below: 40) > 0 }
                    .map { session.open + Int64($0) * interval }
            }
            return Self.bars(times, interval: interval, name: "S\(instrument)", seed: UInt64(instrument) + 9)
        }
        let table = try Self.table(
            all, #"{"features": {"r": "log_return(close, 1)"}, "missingBarsAllowed": 1}"#, interval: interval,
            horizon: 4)
        var older = table
        (older.knownTime, older.labelKnownTime) = ([], [])
        for kind in [SplitKind.time, .walkForward, .purgedKFold] {
            for fold in 0..<4 {
                var split = SplitSpec(kind: kind, folds: 4, fold: fold)
                for (reserved, asOf) in [(0.0, nil), (0.2, nil), (0.0, "2024-06-24")] as [(Double, String?)] {
                    split.asOf = asOf
                    let new = try WindowedDataset(table, window: 6, split: split, reserved: reserved)
                    let old = try WindowedDataset(older, window: 6, split: split, reserved: reserved)
                    #expect(Array(new.training) == Array(old.training) && Array(new.test) == Array(old.test))
                    #expect(Array(new.validation) == Array(old.validation), "\(kind.rawValue) \(fold)")
                    // What was learned from meets the same samples, on either clock.
                    let ends = WindowedDataset.ends(table, window: 6)
                    let seen = LearnedSpan(new, learner: "a"), before = LearnedSpan(old, learner: "a")
                    #expect(seen.pieces[0].isOfKnownTimes && !before.pieces[0].isOfKnownTimes)
                    #expect(seen.overlap(table, ends: ends)?.samples == before.overlap(table, ends: ends)?.samples)
                    #expect(seen.overlap(table, ends: new.test) == nil && LearnedSpan(seen.json) == seen)
                }
            }
        }
    }

    @Test("a label that was learned only after the test began is not learned from, though it ended before")
    func lateNews() throws {
        let spec = try BookTests.spec(#"{"input": "book", "levels": 1, "hours": "all", "features": {"x": "mid"}}"#)
        func table(delay: @escaping (Int) -> Nanoseconds) throws -> FeatureTable {
            var builder = try BookTableBuilder(
                spec: spec, market: MarketSpec(), label: BookTests.label(.smoothedFuture, horizon: 3), source: "",
                instrument: "A", priceDecimals: 2)
            let noon = Int64(1_340_294_400) * Self.second
            for i in 0..<1000 {
                let mid = Int64(10_000 + i % 7), time = noon + Int64(i) * Self.second
                [mid + 1, 10, mid - 1, 10].withUnsafeBufferPointer {
                    builder.push(
                        BookEvent(
                            time: time, known: time + delay(i), kind: .submission, side: 1, size: 1, price: mid,
                            levels: $0))
                }
            }
            return builder.finish()
        }
        let prompt = try table { _ in 0 }
        // Every event is received half a second late: nothing changes, as all are.
        let steady = try table { _ in Self.second / 2 }
        #expect(steady.known(5) == prompt.known(5) + Self.second / 2)
        func parts(_ table: FeatureTable) throws -> WindowedDataset {
            try WindowedDataset(table, window: 4, split: SplitSpec(kind: .purgedKFold, folds: 4, fold: 2))
        }
        let plain = try parts(prompt), first = plain.test[0]
        #expect(Array(try parts(steady).training) == Array(plain.training))
        // The line stalls five events before the test and catches up within it: the labels of the samples before it
        // were known before its first sample still, since nothing is known before what came first.
        let stalled = try table { (first - 5..<first).contains($0) ? 60 * Self.second : 0 }
        #expect(stalled.known(first) == stalled.known(first - 1) && stalled.known(first - 6) == stalled.time[first - 6])
        #expect(Array(try parts(stalled).training) == Array(plain.training))
        // A second book whose news comes in time: the test begins for it when it begins, and the other's labels that
        // were known later than that are left out.
        var both = stalled
        var other = prompt
        other.instruments = ["B"]
        both.append(other)
        let joint = try parts(both), cut = try #require(joint.test.map { both.time[$0] }.min())
        let begin = try #require(joint.test.map { both.known($0) }.min())
        #expect(begin == cut)
        for row in joint.training where both.time[row] < cut { #expect(both.known(labelAt: row) <= begin) }
        let lateOnes = (0..<both.rowCount).filter {
            both.end(ofLabelAt: $0) < cut && both.known(labelAt: $0) > begin
        }
        #expect(lateOnes.count == 5 && lateOnes.allSatisfy { both.instrument[$0] == 0 })
        try both.requireDefined()
    }

    @Test("a table whose rows or labels are known before they are over is refused")
    func refused() throws {
        let session = try #require(try Self.sessions(from: CivilDate(year: 2024, month: 6, day: 3), count: 1).first)
        let times = (0..<78).map { session.open + Int64($0) * 5 * Self.minute }
        let table = try Self.table(
            [Self.bars(times, interval: 5 * Self.minute)], #"{"features": {"x": "close"}}"#, interval: 5 * Self.minute)
        try table.requireDefined()
        func refuses(_ change: (inout FeatureTable) -> Void) throws {
            var wrong = table
            change(&wrong)
            let error = #expect(throws: Failure.self) { try wrong.requireDefined() }
            #expect(error?.code == "features.undefined")
        }
        try refuses { $0.knownTime = Column($0.time.map { $0 - 1 }) }
        try refuses { table in
            table.knownTime = Column((0..<78).map { $0 == 9 ? table.known(77) : table.known($0) })
        }
        try refuses { table in
            table.labelKnownTime = Column((0..<78).map { $0 == 3 ? table.time[$0] : table.known(labelAt: $0) })
        }
    }
}
