import Basics
import Features
import MarketData
import TestSupport
import Testing

/// What became of every bar: the counts add up to the bars read, whatever was read.
@Suite struct RowCountsTests {
    static let expressions = [
        "close", "log_return(close, 3)", "log(close - 100)", "sqrt(close - open)", "1 / (close - open)",
        "close / std(volume, 4)", "zscore(close, 20)", "mean(log(close - 100), 5)", "rsi(close, 6)",
    ]

    @Test("random bars with holes, any hours, gaps and features: the counts add up exactly")
    func sums() throws {
        var random = SeededRandom(seed: 7)
        let interval: Nanoseconds = 1_800_000_000_000
        for round in 0..<120 {
            let sessions = try KnownTimeTests.sessions(
                from: CivilDate(year: 2024, month: 1 + random.index(below: 12), day: 1), count: 6)
            var times: [Nanoseconds] = []
            for session in sessions {
                for slot in -4..<session.bars(of: interval) + 4 where random.index(below: 9) > 0 {
                    times.append(session.open + Int64(slot) * interval)
                }
            }
            let names = (0...random.index(below: 3)).map { _ in
                Self.expressions[random.index(below: Self.expressions.count)]
            }
            let features = names.enumerated().map { "\"f\($0)\": \"\($1)\"" }.joined(separator: ", ")
            let spec =
                "{\"features\": {\(features)}, \"hours\": \"\(["regular", "all"][random.index(below: 2)])\", "
                + "\"missingBarsAllowed\": \(random.index(below: 4)), "
                + "\"resetAtSession\": \(random.index(below: 2) == 0)}"
            var market = MarketSpec()
            market.interval = interval
            var table = FeatureTable(
                spec: try FeatureSpec(JSONParser.parse(spec)), market: market,
                label: LabelSpec(kind: .forwardReturn, horizon: 1 + random.index(below: 4), costBps: 0), source: "")
            let counts = try table.append(KnownTimeTests.bars(times, interval: interval, seed: UInt64(round)))
            #expect(counts.read == times.count && counts.accounted == counts.read, "\(spec)")
            #expect(counts.rows == table.rowCount)
            #expect(counts.labelled == (0..<table.rowCount).count { !table.move($0).isNaN })
            #expect(counts.undefinedBy.values.reduce(0, +) >= counts.undefined)
            #expect(counts.undefinedBy.values.allSatisfy { $0 <= counts.undefined })
            #expect((counts.gaps == 0) == (counts.missing == 0) && counts.missing >= counts.gaps)
            if spec.contains("\"all\"") {
                #expect(counts.outsideHours == 0)
            } else {
                let inside = sessions.reduce(0) { sum, s in sum + times.count { s.contains($0) } }
                #expect(counts.outsideHours == times.count - inside)
                // Between the first and the last bar inside, the calendar's own count less what is there.
                let first = try #require(times.first { t in sessions.contains { $0.contains(t) } }),
                    last = try #require(times.last { t in sessions.contains { $0.contains(t) } })
                let promised = sessions.reduce(0) { sum, s in
                    sum + (0..<s.bars(of: interval)).count { (first...last).contains(s.open + Int64($0) * interval) }
                }
                #expect(counts.missing == promised - inside)
            }
        }
    }

    @Test(
        "an undefined value names the innermost operation that gave it",
        arguments: [
            ("mean(log(close - 1000), 3)", "log(close - 1000.0)", FeatureProgram.Reason.logarithm),
            ("abs(sqrt(0 - close) * 2)", "sqrt(0.0 - close)", .root),
            ("lag(close, 2) / std(volume, 4)", "lag(close, 2) / std(volume, 4)", .divisionByZero),
            ("exp(close) * 2", "exp(close) * 2.0", .tooLarge),
            ("exp(close * 100)", "exp(close * 100.0)", .undefined),
        ])
    func innermost(expression: String, part: String, reason: FeatureProgram.Reason) throws {
        let session = try #require(
            try KnownTimeTests.sessions(from: CivilDate(year: 2024, month: 6, day: 3), count: 1).first)
        let times = (0..<78).map { session.open + Int64($0) * 300_000_000_000 }
        var table = FeatureTable(
            spec: try FeatureSpec(
                JSONParser.parse("{\"features\": {\"good\": \"close\", \"bad\": \"\(expression)\"}}")),
            market: MarketSpec(), label: LabelSpec(kind: .forwardReturn, horizon: 1, costBps: 0), source: "")
        let counts = try table.append(KnownTimeTests.bars(times, interval: 300_000_000_000))
        #expect(counts.rows == 0 && counts.undefined > 70 && counts.accounted == 78)
        let worst = try #require(counts.worst)
        #expect(worst.rows == counts.undefined, "\(counts.undefinedBy)")
        #expect(worst.value == .init(feature: "bad", expression: part, reason: reason))
    }

    @Test("events of a book: halts and books of one side are counted apart from hours")
    func book() throws {
        var builder = try BookTableBuilder(
            spec: try BookTests.spec(#"{"input": "book", "levels": 1, "features": {"x": "log_return(mid, 2)"}}"#),
            market: MarketSpec(), label: BookTests.label(.smoothedFuture, horizon: 2), source: "", instrument: "A",
            priceDecimals: 2)
        let open = try KnownTimeTests.newYork(CivilDate(year: 2012, month: 6, day: 21), hour: 9, minute: 30)
        func push(_ second: Int64, kind: BookEvent.Kind = .submission, bid: Int64 = 10) {
            [10_001, 10, 9_999, bid].withUnsafeBufferPointer {
                builder.push(
                    BookEvent(
                        time: open + second * 1_000_000_000, kind: kind, side: 1, size: 1, price: 9_999, levels: $0))
            }
        }
        for second in -5..<0 as Range<Int64> { push(second) }
        for second in 0..<10 as Range<Int64> { push(second) }
        push(10, kind: .halt)
        push(11, bid: 0)
        for second in 12..<20 as Range<Int64> { push(second) }
        let (table, counts) = builder.finishCounted()
        #expect(counts.read == 25 && counts.accounted == 25)
        #expect(counts.outsideHours == 5 && counts.withoutBook == 2 && counts.warmUp == 4 && counts.undefined == 0)
        #expect(counts.withoutLabel == 4 && counts.labelled == 10 && counts.longestStretch == 10)
        #expect(table.rowCount == 14)
    }
}
