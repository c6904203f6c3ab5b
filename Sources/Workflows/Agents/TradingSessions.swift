import Features
import ReinforcementLearning
import Tensors

/// The adapter between windows of a feature table and a trading environment: the windows, scales and returns that a
/// supervised model is given.
enum TradingSessions {
    /// - Parameter ends: last rows of the windows; neighbours of one segment are one session.
    static func series(_ dataset: WindowedDataset, ends: SampleRows) -> TradingSeries {
        let table = dataset.table, window = dataset.window, scaler = dataset.scaler, rows = Array(ends)
        var sessions: [Range<Int>] = [], first = 0
        for position in rows.indices
        where position == rows.count - 1 || rows[position + 1] != rows[position] + 1
            || table.segment[rows[position + 1]] != table.segment[rows[position]]
        {
            sessions.append(first..<position + 1)
            first = position + 1
        }
        return TradingSeries(
            rows: window, features: table.width, sessions: sessions,
            forwardReturns: rows.map { table.forwardReturn[$0] }, spreadsBps: rows.map { table.spread($0) }
        ) { position, target in table.copyWindow(endingAt: rows[position], rows: window, scaler: scaler, into: target) }
    }
}
