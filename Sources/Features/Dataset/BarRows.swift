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
    /// Bars that the stream used: position, unbroken stretch, and row or −1.
    private var used: [(bar: Int, stretch: Int32, row: Int)] = []

    init(width: Int) { self.width = width }

    mutating func fold(_ stream: inout FeatureStream, _ table: BarTable) {
        used.reserveCapacity(table.count)
        var row = [Float](repeating: 0, count: width)
        var stretch: Int32 = 0
        for index in 0..<table.count {
            let before = stream.segment
            let outcome = row.withUnsafeMutableBufferPointer { buffer -> FeatureStream.Row in
                guard let base = buffer.baseAddress else { return .notReady }
                return stream.push(table[index], into: base)
            }
            guard outcome != .unused else { continue }
            if stream.segment != before { stretch += 1 }
            used.append((index, stretch, outcome == .ready ? bars.count : -1))
            guard outcome == .ready else { continue }
            values += row
            bars.append(index)
            segments.append(stream.segment)
        }
    }

    /// The return from the open of the bar after each row to the close `horizon` used bars ahead, and the start of that
    /// last bar; NaN and ``FeatureTable/neverEnds`` where the stretch ends before. Entries are that open, scaled as the
    /// table says.
    func labels(_ table: BarTable, horizon: Int) -> (
        forwardReturns: [Double], ends: [Nanoseconds], entries: [Double]
    ) {
        var returns: [Double] = [], ends: [Nanoseconds] = [], entries: [Double] = []
        returns.reserveCapacity(bars.count)
        ends.reserveCapacity(bars.count)
        for position in used.indices where used[position].row >= 0 {
            let end = position + horizon
            guard end < used.count, used[end].stretch == used[position].stretch else {
                returns.append(.nan)
                ends.append(FeatureTable.neverEnds)
                entries.append(.nan)
                continue
            }
            let entry = Double(table.open[used[position + 1].bar]), exit = Double(table.close[used[end].bar])
            returns.append(entry > 0 ? exit / entry - 1 : .nan)
            entries.append(entry > 0 ? entry : .nan)
            ends.append(entry > 0 ? table.time[used[end].bar] : FeatureTable.neverEnds)
        }
        return (returns, ends, entries)
    }
}
