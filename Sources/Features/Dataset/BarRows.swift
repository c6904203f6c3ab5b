import Basics
import MarketData

/// Rows that a feature stream makes of one instrument's bars, and where their labels lie.
struct BarRows {
    private let width: Int
    /// `[N][F]`.
    private(set) var values: [Float] = []
    /// The bar of each row.
    private(set) var bars: [Int] = []
    /// The stream's segment of each row.
    private(set) var segments: [Int32] = []
    /// When the bar of each row could be known.
    private(set) var known: [Nanoseconds] = []
    /// Bars that features are of: position of the bar that is or completes it, unbroken stretch, row or −1, when it
    /// could be known, and the bar of the table that follows, −1 where none of the stretch does.
    private var used: [(bar: Int, stretch: Int32, row: Int, known: Nanoseconds, next: Int)] = []

    /// What became of the bars; without labels until they are made.
    private(set) var counts: RowCounts

    init(width: Int, instrument: String) {
        self.width = width
        counts = RowCounts(instrument: instrument)
    }

    /// - Parameter clock: says when a bar ends.
    mutating func fold(_ stream: inout FeatureStream, _ table: BarTable, _ clock: inout SessionClock) {
        used.reserveCapacity(table.count)
        var row = [Float](repeating: 0, count: width)
        var stretch: Int32 = 0, last: Int?, length = 0, undefined = UndefinedCounts()
        counts.read += table.count
        for index in 0..<table.count {
            let before = stream.segment
            let outcome = row.withUnsafeMutableBufferPointer { buffer -> FeatureStream.Row in
                guard let base = buffer.baseAddress else { return .notReady }
                return stream.push(table[index], into: base)
            }
            guard outcome != .unused else {
                counts.outsideHours += 1
                continue
            }
            if let last { count(clock.missing(after: table.time[last], before: table.time[index])) }
            last = index
            if stream.segment != before { stretch += 1 }
            if let last = used.last, last.next < 0, last.stretch == stretch { used[used.count - 1].next = index }
            guard outcome != .gathered else {
                counts.gathered += 1
                continue
            }
            length = stream.isFresh ? 1 : length + 1
            counts.longestStretch = max(counts.longestStretch, length)
            let end = clock.end(ofBarAt: table.time[index])
            used.append((index, stretch, outcome == .ready ? bars.count : -1, end, -1))
            guard outcome == .ready else {
                if stream.isWarm { undefined.add(stream.undefined) }
                counts.undefined += stream.isWarm ? 1 : 0
                counts.warmUp += stream.isWarm ? 0 : 1
                continue
            }
            known.append(end)
            values += row
            bars.append(index)
            segments.append(stream.segment)
        }
        counts.incomplete = stream.incompleteBars
        counts.undefinedBy = undefined.named(stream.spec, stream.program)
    }

    private mutating func count(_ missing: Int) {
        counts.gaps += missing > 0 ? 1 : 0
        counts.missing = counts.missing.saturatingPlus(missing)
    }

    /// The return from the open of the bar after each row to the close `horizon` used bars ahead, and the start of the
    /// bar that is or completes that last one and when that could be known; NaN and ``FeatureTable/neverEnds`` where
    /// the stretch ends before. Entries are that open, scaled as the table says, on the level of money.
    func labels(_ table: BarTable, horizon: Int, money: inout MoneyOfShares) -> (
        forwardReturns: [Double], ends: [Nanoseconds], known: [Nanoseconds], entries: [Double]
    ) {
        var returns: [Double] = [], ends: [Nanoseconds] = [], known: [Nanoseconds] = [], entries: [Double] = []
        returns.reserveCapacity(bars.count)
        ends.reserveCapacity(bars.count)
        for position in used.indices where used[position].row >= 0 {
            let end = position + horizon
            let next = used[position].next
            guard end < used.count, next >= 0, used[end].stretch == used[position].stretch else {
                returns.append(.nan)
                ends.append(FeatureTable.neverEnds)
                known.append(FeatureTable.neverEnds)
                entries.append(.nan)
                continue
            }
            let entry = Double(table.open[next]), exit = Double(table.close[used[end].bar])
            let start = table.time[next], grown = money.growth(start, table.time[used[end].bar])
            returns.append(entry > 0 ? exit / entry * grown - 1 : .nan)
            entries.append(entry > 0 ? entry * money.level(start) : .nan)
            ends.append(entry > 0 ? table.time[used[end].bar] : FeatureTable.neverEnds)
            known.append(entry > 0 ? used[end].known : FeatureTable.neverEnds)
        }
        return (returns, ends, known, entries)
    }
}
