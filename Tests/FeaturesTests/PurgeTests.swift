import Basics
import Features
import MarketData
import Tensors
import Testing

/// No label crosses a cut, whatever the times of the events, the number of instruments and the kind of split.
@Suite struct PurgeTests {
    /// Events of several books at random times, with the label ends worked out here from the times alone.
    struct Books {
        let table: FeatureTable
        /// Of every row of the table: the time of the event `horizon` events later in the same book, or nil.
        let ends: [Nanoseconds?]

        /// - Parameters:
        ///   - rates: distances of two events of each book, in nanoseconds; all books cover the same span.
        ///   - events: of the first book.
        init(seed: UInt64, horizon: Int, rates: [Int] = [20, 30, 60], events: Int = 1800, givesEnds: Bool = true) throws
        {
            var random = SeededRandom(seed: seed)
            let spec = try BookTests.spec(#"{"input": "book", "levels": 1, "hours": "all", "features": {"x": "mid"}}"#)
            let label = BookTests.label(.smoothedFuture, horizon: horizon)
            var all = FeatureTable(spec: spec, market: MarketSpec(), label: label, source: "")
            var ends: [Nanoseconds?] = []
            // One morning of New York.
            let open = Int64(1_340_285_400) * 1_000_000_000
            for (book, rate) in rates.enumerated() {
                var builder = try BookTableBuilder(
                    spec: spec, market: MarketSpec(), label: label, source: "", instrument: "B\(book)",
                    priceDecimals: 2)
                var time = open, times: [Nanoseconds] = [], mid: Int64 = 10_000
                for _ in 0..<events * rates[0] / rate {
                    // Bursts: every third event comes in the same instant as the one before.
                    if random.index(below: 3) > 0 { time += Int64(1 + random.index(below: 2 * rate)) }
                    mid += Int64(random.index(below: 3)) - 1
                    let levels: [Int64] = [mid + 1, 10, mid - 1, 10]
                    levels.withUnsafeBufferPointer {
                        builder.push(
                            BookEvent(time: time, kind: .submission, side: 1, size: 1, price: mid, levels: $0))
                    }
                    times.append(time)
                }
                all.append(builder.finish())
                ends += times.indices.map { $0 + horizon < times.count ? times[$0 + horizon] : nil }
            }
            if !givesEnds { (all.labelEnd, all.knownTime, all.labelKnownTime) = ([], [], []) }
            (table, self.ends) = (all, ends)
        }
    }

    /// Label ends of learned samples in what is tested or chosen by, and of tested ones in what is learned afterwards.
    static func crossings(_ books: Books, _ data: WindowedDataset) throws -> Int {
        let table = books.table
        func span(_ rows: SampleRows) throws -> (first: Nanoseconds, reach: Nanoseconds, last: Nanoseconds) {
            let ends = try rows.map { try #require(books.ends[$0]) }
            return (
                rows.map { table.time[$0] }.min() ?? 0, ends.max() ?? 0, rows.map { table.time[$0] }.max() ?? 0
            )
        }
        // Stretches of tested times: what is learned lies before or behind each.
        var stretches: [(first: Nanoseconds, reach: Nanoseconds, last: Nanoseconds)] = []
        let learned = Array(data.training) + Array(data.validation),
            learnedTimes = learned.map { table.time[$0] }.sorted()
        var current: [Int] = []
        var next = 0
        for row in data.test.sorted(by: { table.time[$0] < table.time[$1] }) {
            while let last = current.last, next < learnedTimes.count, learnedTimes[next] <= table.time[last] {
                next += 1
            }
            if !current.isEmpty, next < learnedTimes.count, learnedTimes[next] < table.time[row] {
                stretches.append(try span(SampleRows(current.sorted())))
                current = []
            }
            current.append(row)
        }
        if !current.isEmpty { stretches.append(try span(SampleRows(current.sorted()))) }
        let validation = try span(data.validation)
        var count = 0
        for row in learned {
            let time = table.time[row], end = try #require(books.ends[row])
            for stretch in stretches {
                if time <= stretch.first, end >= stretch.first { count += 1 }
                if time > stretch.first, time <= stretch.reach { count += 1 }
            }
        }
        for row in data.training {
            let time = table.time[row], end = try #require(books.ends[row])
            if time <= validation.first, end >= validation.first { count += 1 }
        }
        return count
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let kind: SplitKind
        let fold: Int
        var testDescription: String { "\(kind.rawValue) \(fold)" }
    }

    static let cases =
        [Case(kind: .time, fold: 0)]
        + [SplitKind.walkForward, .purgedKFold].flatMap { kind in (0..<4).map { Case(kind: kind, fold: $0) } }

    @Test("three interleaved books, horizon 100: no label end across any cut, in every kind and fold", arguments: cases)
    func kinds(_ one: Case) throws {
        for seed in UInt64(1)...6 {
            let books = try Books(seed: seed, horizon: 100)
            var split = SplitSpec(kind: one.kind, test: 0.2, validation: 0.15, folds: 4, fold: one.fold)
            // The first of five blocks is short beside a hundred events of the slowest book.
            if one.kind == .walkForward { split.validation = 0.1 }
            let data = try WindowedDataset(books.table, window: 5, split: split)
            #expect(try PurgeTests.crossings(books, data) == 0, "seed \(seed)")
            #expect(data.training.count > 50 && data.validation.count > 5 && data.test.count > 50, "seed \(seed)")
        }
    }

    @Test("combinatorial: every choice of two of five stretches")
    func combinatorial() throws {
        for seed in UInt64(1)...3 {
            let books = try Books(seed: seed, horizon: 40)
            let times = WindowedDataset.distinctTimes(books.table, WindowedDataset.ends(books.table, window: 5))
            for split in try CombinatorialSplits(count: times.count, groups: 5, testGroups: 2).splits {
                let data = try WindowedDataset(
                    books.table, window: 5, split: SplitSpec(validation: 0.1),
                    positions: .init(training: split.training, tests: split.tests))
                #expect(try PurgeTests.crossings(books, data) == 0, "seed \(seed), \(split.tests)")
            }
        }
    }

    @Test("what a search keeps for the end is reached by no label")
    func reserved() throws {
        let books = try Books(seed: 9, horizon: 100)
        let all = WindowedDataset.distinctTimes(books.table, WindowedDataset.ends(books.table, window: 5))
        let data = try WindowedDataset(books.table, window: 5, split: SplitSpec(), reserved: 0.2)
        let first = all[all.count - Int((Double(all.count) * 0.2).rounded())]
        for row in Array(data.training) + Array(data.validation) + Array(data.test) {
            #expect(try #require(books.ends[row]) < first)
        }
    }

    @Test("a window behind a tested stretch shares no row with it, unless a shorter embargo is asked for")
    func embargo() throws {
        let books = try Books(seed: 4, horizon: 10), table = books.table
        func shared(_ embargo: Int?) throws -> Int {
            let split = SplitSpec(kind: .purgedKFold, folds: 4, fold: 1, embargo: embargo)
            let data = try WindowedDataset(table, window: 30, split: split)
            let last = data.test.map { table.time[$0] }.max() ?? 0
            return data.training.count { table.time[$0] > last && table.time[$0 - 29] <= last }
        }
        #expect(try shared(nil) == 0)
        #expect(try shared(0) > 0)
    }

    @Test("a table of version 1 is purged by the rows that come after, and never by less than its labels")
    func olderTables() throws {
        let old = try Books(seed: 5, horizon: 100, givesEnds: false)
        for kind in [SplitKind.time, .purgedKFold] {
            let data = try WindowedDataset(old.table, window: 5, split: SplitSpec(kind: kind, folds: 4, fold: 1))
            #expect(try PurgeTests.crossings(old, data) == 0)
        }
        // The end of an instrument's rows is no end of a label: the next instrument's times are not its own.
        #expect(old.table.end(ofLabelAt: 1750) == FeatureTable.neverEnds)
        #expect(old.table.end(ofLabelAt: 10) == old.table.time[110])
    }

    @Test("counted by positions of the merged times, as was done before, labels do cross")
    func positionsAreNotEnough() throws {
        let books = try Books(seed: 1, horizon: 100), table = books.table
        let ends = WindowedDataset.ends(table, window: 5), times = WindowedDataset.distinctTimes(table, ends)
        let (training, test) = SplitSpec(kind: .time, test: 0.2).positions(count: times.count, horizon: 100)
        let last = times[training[training.count - 1]], first = times[test.lowerBound]
        let crossing = try ends.count { row in
            let end = try #require(books.ends[row])
            return table.time[row] <= last && end >= first
        }
        #expect(crossing > 50)
    }
}
