import Basics
import Tables

/// A trade or a bar that coarser bars are made of.
struct ResampledRow: Sendable {
    var time: Nanoseconds
    var knownTime: Nanoseconds
    var sequence: Int64?
    var instrument: String
    var file: String
    var position: Int
    var open: Int64
    var high: Int64
    var low: Int64
    var close: Int64
    /// Nil where the source has none.
    var volume: Int64?
    /// Nil for a bar that does not say it.
    var trades: Int64?
}

/// The rows of a chunk.
struct ResampledRows {
    private let times: [Int64]
    private let known: [Int64]
    private let positions: [Int64]
    private let sequences: ColumnVector
    private let instruments: DictionaryText
    private let files: DictionaryText
    private let prices: [ColumnVector]
    private let volume: ColumnVector
    private let trades: ColumnVector?
    private let isTrades: Bool

    /// Nil for a table of another kind.
    init?(_ chunk: TableChunk, _ kind: CanonicalKind) {
        func numbers(_ name: String) -> [Int64]? { chunk[name].flatMap { ResampledRows.numbers($0) } }
        func text(_ name: String) -> DictionaryText? {
            if case .text(let text)? = chunk[name]?.values { text } else { nil }
        }
        let names = kind == .trades ? ["price"] : ["open", "high", "low", "close"]
        let prices = names.compactMap { chunk[$0] }
        guard let times = numbers("time"), let known = numbers("known_time"), let positions = numbers("position"),
            let sequences = chunk["sequence"], let instruments = text("instrument"), let files = text("file"),
            let volume = chunk[kind == .trades ? "size" : "volume"], prices.count == names.count,
            (prices + [volume, sequences]).allSatisfy({ ResampledRows.numbers($0) != nil })
        else { return nil }
        (self.times, self.known, self.positions, self.sequences) = (times, known, positions, sequences)
        (self.instruments, self.files, self.prices, self.volume) = (instruments, files, prices, volume)
        trades = kind == .bars ? chunk["trades"].flatMap { ResampledRows.numbers($0) == nil ? nil : $0 } : nil
        isTrades = kind == .trades
    }

    private static func numbers(_ column: ColumnVector) -> [Int64]? {
        if case .int64(let values) = column.values { values } else { nil }
    }

    /// - Throws: ``Failure`` with code `data.bars` for a row without a price, or without a volume where others count
    ///   it.
    func row(_ index: Int) throws -> ResampledRow {
        func value(_ column: ColumnVector) -> Int64? {
            guard column.validity[index], case .int64(let values) = column.values else { return nil }
            return values[index]
        }
        func price(_ column: Int) throws -> Int64 {
            if let price = value(prices[min(column, prices.count - 1)]) { return price }
            throw Failure(
                "data.bars", "\(files[index]): row \(positions[index]): found no price, expected one in every row",
                hint: "leave rows without a price out first")
        }
        return ResampledRow(
            time: times[index], knownTime: known[index], sequence: value(sequences), instrument: instruments[index],
            file: files[index], position: Int(clamping: positions[index]), open: try price(0), high: try price(1),
            low: try price(2), close: try price(3), volume: value(volume),
            trades: isTrades ? 1 : trades.flatMap { value($0) })
    }
}
