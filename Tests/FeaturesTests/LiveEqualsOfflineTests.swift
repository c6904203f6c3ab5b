import Basics
import Features
import Foundation
import MarketData
import Testing

/// What a feature is offline, folded over a recording, and live, event by event, are the same bits; and both are what
/// the definitions of the operators say.
@Suite struct LiveEqualsOfflineTests {
    private static let levels = 6

    /// Every operator of an input in one expression each.
    private static func expressions(_ input: FeatureSpec.Input) -> [String] {
        let (x, y) = input == .book ? ("microprice", "lag(mid, 2)") : ("close", "lag(open, 2)")
        return FeatureOperators.kinds.entries.filter { $0.value.domain == nil || $0.value.domain == input }.flatMap {
            entry in
            switch entry.value.shape {
            case .field: [entry.name]
            case .unary: ["\(entry.name)(\(x) - \(y))"]
            case .binary: ["\(entry.name)(\(x), \(y))"]
            case .window: [2, 5].map { "\(entry.name)(\(x), \($0))" }
            case .barWindow, .level: [2, 5].map { "\(entry.name)(\($0))" }
            case .barPair: ["\(entry.name)()"]
            }
        }
    }

    private static func spec(_ input: FeatureSpec.Input, _ features: [String], _ more: String) throws -> FeatureSpec {
        let list = features.enumerated().map { #""f\#($0)": "\#($1)""# }.joined(separator: ", ")
        let levels = input == .book ? #""levels": \#(levels), "# : ""
        return try FeatureSpec(
            JSONParser.parse(#"{"input": "\#(input.rawValue)", \#(levels)\#(more)"features": {\#(list)}}"#))
    }

    /// Rows, times and segments of events that are pushed one by one, each into a copy of the stream as it was.
    private static func live(_ spec: FeatureSpec, _ books: [ReferenceBook]) throws -> (
        rows: [[UInt32]], times: [Nanoseconds], segments: [Int32]
    ) {
        var stream = try BookFeatureStream(
            spec: spec, market: MarketSpec(), priceDecimals: ReferenceBook.priceDecimals,
            sizeDecimals: ReferenceBook.sizeDecimals)
        var out: (rows: [[UInt32]], times: [Nanoseconds], segments: [Int32]) = ([], [], [])
        for book in books {
            var next = stream, row = [Float](repeating: .nan, count: stream.width)
            let outcome = book.numbers.withUnsafeBufferPointer { next.push(book.event($0), into: &row) }
            stream = next
            guard outcome == .ready else { continue }
            out.rows.append(row.map(\.bitPattern))
            out.times.append(book.time)
            out.segments.append(stream.segment)
        }
        return out
    }

    private static func offline(_ spec: FeatureSpec, _ books: [ReferenceBook]) throws -> FeatureTable {
        var label = LabelSpec(kind: .smoothedFuture, horizon: 3, costBps: 0)
        label.threshold = .fixed(0.001)
        var builder = try BookTableBuilder(
            spec: spec, market: MarketSpec(), label: label, source: "", instrument: "X",
            priceDecimals: ReferenceBook.priceDecimals, sizeDecimals: ReferenceBook.sizeDecimals)
        for book in books { book.numbers.withUnsafeBufferPointer { builder.push(book.event($0)) } }
        return builder.finish()
    }

    /// Bits of the rows that count, from the definitions: in every unbroken run of events.
    private static func expected(_ spec: FeatureSpec, _ books: [ReferenceBook]) throws -> [[UInt32]] {
        let expressions = try spec.features.map { try FeatureExpression.parse($0.expression, at: nil) }
        let warmUp = expressions.map(ReferenceEvaluator(bars: []).warmUp).max() ?? 1
        var runs: [[ReferenceBook]] = [], isBroken = true
        for book in books {
            guard book.isTwoSided, book.kind != .halt else {
                isBroken = true
                continue
            }
            if isBroken || book.kind == .restart || book.time < (runs.last?.last?.time ?? .min) { runs.append([]) }
            runs[runs.count - 1].append(book)
            isBroken = false
        }
        return try runs.flatMap { run in
            let evaluator = ReferenceEvaluator(bars: run.map { _ in FeatureProgram.Inputs() }, books: run)
            let series = try expressions.map { try evaluator.series($0) }
            return run.indices.compactMap { t -> [UInt32]? in
                let row = series.map { Float($0[t]) }
                return t + 1 >= warmUp && row.allSatisfy(\.isFinite) ? row.map(\.bitPattern) : nil
            }
        }
    }

    @Test("books: every operator, offline and live, is its definition to the bit", arguments: 0..<4)
    func books(seed: UInt64) throws {
        let books = ReferenceBook.random(160, levels: LiveEqualsOfflineTests.levels, seed: seed)
        #expect(Set(books.map(\.kind)).count == BookEvent.Kind.allCases.count)
        for text in LiveEqualsOfflineTests.expressions(.book) where text != "time_of_day" {
            let spec = try LiveEqualsOfflineTests.spec(
                .book, [text], #""hours": "all", "resetAtSession": false, "#)
            let live = try LiveEqualsOfflineTests.live(spec, books)
            let table = try LiveEqualsOfflineTests.offline(spec, books)
            #expect(try live.rows == LiveEqualsOfflineTests.expected(spec, books), "\(text)")
            #expect(table.values.map(\.bitPattern) == live.rows.flatMap { $0 }, "\(text)")
            #expect(Array(table.time) == live.times && Array(table.segment) == live.segments, "\(text)")
            #expect(!live.rows.isEmpty, "\(text)")
        }
    }

    @Test("books: random expressions, hours and resets, offline and live to the bit", arguments: 0..<60)
    func randomBooks(seed: UInt64) throws {
        var generator = RandomExpression(seed: seed, input: .book), random = SeededRandom(seed: seed, 0x11)
        let books = ReferenceBook.random(120, levels: LiveEqualsOfflineTests.levels, seed: seed)
        let features = (0...random.index(below: 3)).map { _ in generator.text(depth: 3) }
        let isAll = random.index(below: 2) == 0, resets = random.index(below: 2) == 0
        let spec = try LiveEqualsOfflineTests.spec(
            .book, features, #""hours": "\#(isAll ? "all" : "regular")", "resetAtSession": \#(resets), "#)
        let live = try LiveEqualsOfflineTests.live(spec, books)
        let table = try LiveEqualsOfflineTests.offline(spec, books)
        #expect(table.values.map(\.bitPattern) == live.rows.flatMap { $0 }, "\(features)")
        #expect(Array(table.time) == live.times && Array(table.segment) == live.segments)
        if isAll, !resets, !features.contains(where: { $0.contains("time_of_day") }) {
            #expect(try live.rows == LiveEqualsOfflineTests.expected(spec, books), "\(features)")
        }
    }

    /// Bars on a grid with gaps, nights, repeated times and bars outside the hours.
    private static func bars(_ count: Int, seed: UInt64) -> BarTable {
        var random = SeededRandom(seed: seed, 0xBB)
        let step: Nanoseconds = 300_000_000_000
        var table = BarTable(
            instrument: "X", zone: "America/New_York", interval: step, priceDecimals: 2, volumeDecimals: 1)
        // 12 May 2025, 12:30 in New York.
        var time: Nanoseconds = 1_747_067_400_000_000_000, close: Int64 = 10_000
        for _ in 0..<count {
            let open = close + Int64(random.index(below: 5)) - 2
            close = open + Int64(random.index(below: 21)) - 10
            table.append(
                Bar(
                    time: time, open: open, high: max(open, close) + Int64(random.index(below: 8)),
                    low: min(open, close) - Int64(random.index(below: 8)), close: close,
                    volume: Int64(random.index(below: 4)) * 1000))
            let chance = random.index(below: 40)
            time += chance == 0 ? 0 : chance == 1 ? 64_800_000_000_000 : chance < 4 ? 3 * step : step
        }
        return table
    }

    @Test("bars: every operator and random expressions, offline and live, to the bit", arguments: 0..<20)
    func bars(seed: UInt64) throws {
        let bars = LiveEqualsOfflineTests.bars(150, seed: seed)
        var generator = RandomExpression(seed: seed), random = SeededRandom(seed: seed, 0x12)
        let hours = random.index(below: 2) == 0 ? "all" : "regular", resets = random.index(below: 2) == 0
        let more =
            #""hours": "\#(hours)", "resetAtSession": \#(resets), "missingBarsAllowed": \#(random.index(below: 3)), "#
        let label = LabelSpec(kind: .profit, horizon: 1, costBps: 0)
        for text in LiveEqualsOfflineTests.expressions(.bars) + (0..<6).map({ _ in generator.text(depth: 3) }) {
            let spec = try LiveEqualsOfflineTests.spec(.bars, [text], more)
            var table = FeatureTable(spec: spec, market: MarketSpec(), label: label, source: "")
            try table.append(bars)
            var stream = try FeatureStream(
                spec: spec, market: MarketSpec(), priceDecimals: bars.priceDecimals,
                volumeDecimals: bars.volumeDecimals)
            var rows: [UInt32] = [], times: [Nanoseconds] = [], segments: [Int32] = []
            for index in 0..<bars.count {
                var next = stream, row: Float = .nan
                let outcome = next.push(bars[index], into: &row)
                stream = next
                guard outcome == .ready else { continue }
                rows.append(row.bitPattern)
                times.append(bars.time[index])
                segments.append(stream.segment)
            }
            #expect(table.values.map(\.bitPattern) == rows, "\(text)")
            #expect(Array(table.time) == times && Array(table.segment) == segments, "\(text)")
        }
    }
}
