import Basics
import Features
import Foundation
import MarketData
import Tensors
import TestSupport
import Testing

/// Labels and features of order books.
@Suite struct BookTests {
    static let prices = [100, 100.5, 101, 100.5, 100, 99.5, 99, 99.5, 100, 100.5, 101.5, 102]

    static func label(
        _ kind: LabelSpec.Kind, horizon: Int, threshold: Double = 0.002, smoothing: Int = 1, barrierBps: Double = 0
    ) -> LabelSpec {
        var label = LabelSpec(kind: kind, horizon: horizon, costBps: 0)
        (label.threshold, label.smoothing, label.barrierBps) = (.fixed(threshold), smoothing, barrierBps)
        return label
    }

    /// The moves of a series, by index; those without a label left out.
    static func moves(_ label: LabelSpec, _ mids: [Double]) -> [Int: Double] {
        var stream = BookLabelStream(label)
        var out: [Int: Double] = [:]
        for (index, mid) in mids.enumerated() {
            if let outcome = stream.push(mid: mid, spread: 0.1), !outcome.move.isNaN {
                out[index - label.horizon] = outcome.move
            }
        }
        return out
    }

    @Test("both smoothing methods, to the digits of the specification")
    func smoothing() {
        let first: [(Double, Int)] = [
            (0.00666667, 1), (0, 0), (-0.00990099, -1), (-0.00995025, -1), (-0.00666667, -1), (0, 0), (0.01010101, 1),
            (0.01172529, 1), (0.01333333, 1),
        ]
        let second: [(Double, Int)] = [
            (-0.00497512, -1), (-0.01158940, -1), (-0.01160862, -1), (-0.00500000, -1), (0.00502513, 1),
            (0.01342282, 1), (0.01842546, 1),
        ]
        for (label, expected, offset) in [
            (BookTests.label(.smoothedFuture, horizon: 3), first, 0),
            (BookTests.label(.smoothedBoth, horizon: 3), second, 2),
        ] {
            let found = BookTests.moves(label, BookTests.prices)
            #expect(found.count == expected.count)
            for (index, (move, direction)) in expected.enumerated() {
                #expect(abs((found[index + offset] ?? .nan) - move) < 5e-9, "t = \(index + offset)")
                #expect(label.target(move) == Float(direction + 1))
            }
        }
    }

    @Test("TLOB's method smooths over its own length: 2 mids around t and t + 3")
    func tlob() {
        let p = BookTests.prices, found = BookTests.moves(BookTests.label(.tlob, horizon: 3, smoothing: 2), p)
        #expect(found.keys.sorted() == Array(1...8))
        for (t, move) in found { #expect(abs(move - ((p[t + 2] + p[t + 3]) / (p[t - 1] + p[t]) - 1)) < 1e-12) }
    }

    @Test("the triple barrier takes the side that is met first, or none in time")
    func tripleBarrier() {
        let found = BookTests.moves(BookTests.label(.tripleBarrier, horizon: 3, barrierBps: 75), BookTests.prices)
        // 0.75 % of 100 is met by 101 after two events; from 101 by 100 after two; from 99 by 100 after two.
        #expect(found[0] == 1 && found[2] == -1 && found[6] == 1)
        #expect(
            BookTests.moves(BookTests.label(.tripleBarrier, horizon: 3, barrierBps: 300), BookTests.prices).values
                .allSatisfy { $0 == 0 })
    }

    @Test("thresholds come from the moves they are given")
    func thresholds() {
        var label = BookTests.label(.smoothedFuture, horizon: 3)
        let moves = [-0.5, 0.125, 0.25, -0.625, 1, 0]
        label.threshold = .halfMean
        #expect(label.resolved(moves: moves, spreadsBps: []).threshold == .fixed(2.5 / 6 / 2))
        label.threshold = .balanced
        #expect(label.resolved(moves: moves, spreadsBps: []).threshold == .fixed(0.125))
        label.threshold = .spread
        #expect(label.resolved(moves: moves, spreadsBps: [2, 4]).threshold == .fixed(0.0003))
    }

    static func spec(_ text: String) throws -> FeatureSpec { try FeatureSpec(try JSONParser.parse(text)) }

    static func event(
        _ levels: [Int64], kind: BookEvent.Kind = .submission, side: Int8 = 1, size: Int64 = 10,
        _ body: (BookEvent) -> Void
    ) {
        levels.withUnsafeBufferPointer {
            body(
                BookEvent(
                    time: 1_340_285_400_000_000_000, kind: kind, side: side, size: size, price: levels[0], levels: $0))
        }
    }

    @Test("book operators, worked by hand")
    func byHand() throws {
        let spec = try BookTests.spec(
            #"""
            {"input": "book", "levels": 2, "hours": "all", "features": {
             "mid": "mid", "spread": "spread", "micro": "microprice", "q1": "queue_imbalance(1)",
             "q2": "queue_imbalance(2)", "ofi": "order_flow_imbalance(1)", "ask": "ask_slope(2)", "bid": "bid_slope(2)",
             "sign": "trade_sign", "size": "trade_size", "a2": "ask_price(2)", "b2": "bid_size(2)"}}
            """#)
        var stream = try BookFeatureStream(spec: spec, market: MarketSpec(), priceDecimals: 2)
        var row = [Float](repeating: 0, count: spec.features.count)
        // Ask 101 × 30, bid 99 × 10; then ask 103 × 20, bid 98 × 40.
        var outcomes: [FeatureStream.Row] = []
        BookTests.event([10100, 30, 9900, 10, 10300, 20, 9800, 40]) { outcomes.append(stream.push($0, into: &row)) }
        // The bid is raised to 99.50 by 25; the ask shrinks to 12 by an execution that a buyer began.
        BookTests.event([10100, 12, 9950, 25, 10300, 20, 9900, 10], kind: .execution, side: -1, size: 18) {
            outcomes.append(stream.push($0, into: &row))
        }
        #expect(outcomes == [.notReady, .ready])
        let mid = 100.25
        let expected: [Double] = [
            mid, 1.5, (101.0 * 25 + 99.5 * 12) / 37, 13.0 / 37, (35.0 - 32) / 67, 25 - (12 - 30),
            32 / ((103 / mid - 1) * 10_000), 35 / ((1 - 99 / mid) * 10_000),
            1, 18, 103, 10,
        ]
        for (found, value) in zip(row, expected) { #expect(abs(Double(found) - value) < 1e-5 * max(1, abs(value))) }
        // A halt breaks the segment, and a one-sided book counts for nothing.
        BookTests.event([10100, 12, 9950, 25, 10300, 20, 9900, 10], kind: .halt) {
            outcomes.append(stream.push($0, into: &row))
        }
        BookTests.event([9_999_999_999, 0, 9950, 25, 9_999_999_999, 0, 9900, 10]) {
            outcomes.append(stream.push($0, into: &row))
        }
        BookTests.event([10100, 12, 9950, 25, 10300, 20, 9900, 10]) { outcomes.append(stream.push($0, into: &row)) }
        #expect(outcomes[2...] == [.unused, .unused, .notReady] && stream.segment == 1)
    }

    @Test(
        "a spec refuses what its input does not have",
        arguments: [
            #"{"input": "book", "features": {"x": "close"}}"#, #"{"features": {"x": "mid"}}"#,
            #"{"input": "book", "levels": 3, "features": {"x": "ask_price(4)"}}"#,
            #"{"columns": "book"}"#, #"{"input": "book", "columns": "books"}"#,
            #"{"input": "book", "levels": 0, "columns": "book"}"#,
            #"{"input": "book", "features": {"x": "ask_price(0)"}}"#, #"{"input": "book", "features": {}}"#,
        ])
    func refuses(_ text: String) throws {
        #expect(throws: ConfigError.self) { _ = try BookTests.spec(text) }
    }

    @Test(
        "on real events: features equal to the bit offline and live, the file's columns, labels of the future only",
        .enabled(if: SharedData.isThere, "needs the shared data"))
    func real() throws {
        let pair = try #require(
            try LobsterFormat.pairs(at: SharedData.path("data/lobster")).first {
                $0.instrument == "AAPL" && $0.levels == 10
            })
        let spec = try BookTests.spec(
            #"{"input": "book", "levels": 10, "hours": "all", "columns": "book", "features": {"#
                + #""ofi": "sum(order_flow_imbalance(1), 20)", "vol": "realised_volatility(mid, 20)", "#
                + #""micro": "microprice / mid - 1"}}"#
        )
        let label = BookTests.label(.smoothedBoth, horizon: 10)
        var builder = try BookTableBuilder(
            spec: spec, market: MarketSpec(), label: label, source: "", instrument: pair.instrument, priceDecimals: 4)
        var live = try BookFeatureStream(spec: spec, market: MarketSpec(), priceDecimals: 4)
        var rows: [[Float]] = [], raw: [[Float]] = [], mids: [Double] = []
        var row = [Float](repeating: 0, count: spec.features.count)
        try pair.read { event in
            builder.push(event)
            if live.push(event, into: &row) == .ready {
                rows.append(row)
                raw.append(event.levels.indices.map { Float(Double(event.levels[$0]) * ($0 % 2 == 0 ? 1e-4 : 1)) })
            }
            mids.append(Double(event.askPrice(0) + event.bidPrice(0)) / 2e4)
        }
        let table = builder.finish()
        #expect(mids.count == 999 && table.rowCount == 999 - 20 && table.width == 43)
        #expect(Array(table.values) == rows.flatMap { $0 })
        #expect(rows.indices.allSatisfy { Array(rows[$0][..<40]) == raw[$0] })
        for r in 0..<table.rowCount {
            let t = r + 20
            guard t + 10 < mids.count else {
                #expect(table.move(r).isNaN)
                continue
            }
            let after = mids[t + 1...t + 10].reduce(0, +) / 10, before = mids[t - 9...t].reduce(0, +) / 10
            #expect(abs(table.move(r) - (after - before) / before) < 1e-12)
            #expect(abs(table.forwardReturn[r] - (mids[t + 10] / mids[t + 1] - 1)) < 1e-12 && table.spread(r) > 0)
        }
        // Written, mapped and read, the columns are the same.
        let directory = try TemporaryDirectory()
        try table.write(to: directory.file("f.safetensors"))
        let read = try FeatureTable.read(directory.file("f.safetensors"))
        #expect(
            read.values == table.values && read.time == table.time && read.spreadBps == table.spreadBps
                && read.spec == spec && read.label == label)
        #expect(zip(read.labelMove, table.labelMove).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    }

    @Test("cuts at stated times: no label reaches over one, and a stride keeps every third training window")
    func cuts() throws {
        var table = FeatureTable(
            spec: try BookTests.spec(#"{"input": "book", "levels": 1, "features": {"x": "mid"}}"#),
            market: MarketSpec(), label: BookTests.label(.smoothedFuture, horizon: 5),
            source: "")
        table.instruments = ["A"]
        var random = SeededRandom(seed: 3)
        // One event a second from 12:00 in New York.
        let noon = Int64(1_340_294_400) * 1_000_000_000
        for i in 0..<3600 {
            table.values.append(random.uniformFloat() + (i < 1800 ? 0 : 100))
            table.time.append(noon + Int64(i) * 1_000_000_000)
            table.instrument.append(0)
            table.segment.append(0)
            table.forwardReturn.append(0)
            table.labelMove.append(i < 3595 ? Double(i % 7 - 3) : .nan)
            table.spreadBps.append(1)
        }
        var split = SplitSpec(kind: .times)
        (split.validationFrom, split.testFrom) = ("2012-06-21T12:30:00", "2012-06-21T12:45")
        table.label.threshold = .balanced
        let data = try WindowedDataset(table, window: 10, split: split, trainingStride: 3)
        #expect(
            data.training.first == 9 && data.training.last == 1794 - 1794 % 3
                && data.training.count == (1794 - 9) / 3 + 1)
        #expect(
            data.training.allSatisfy { $0 % 3 == 0 } && data.validation.first == 1800 && data.validation.last == 2694
                && data.test.first == 2700 && data.test.last == 3594)
        #expect(abs(data.scaler.mean[0] - 0.5) < 0.05 && data.label.threshold == .fixed(1))
        #expect(data.classCounts.reduce(0, +) == data.training.count)
    }
}

/// Runs of rows stand for lists of them.
@Suite struct SampleRowsTests {
    @Test("any rows and stride give the same samples as the list", arguments: 0..<20)
    func equalToList(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed), 77)
        var rows: [Int] = [], next = 0
        for _ in 0..<random.index(below: 300) {
            next += random.index(below: 4) == 0 ? 1 + random.index(below: 50) : 1
            rows.append(next)
        }
        let runs = SampleRows(rows), step = 1 + random.index(below: 5)
        #expect(Array(runs) == rows)
        #expect(Array(runs.strided(by: step)) == stride(from: 0, to: rows.count, by: step).map { rows[$0] })
    }
}
