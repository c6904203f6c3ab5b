import Basics
import Tables

/// Which columns of a table file are which of a canonical table.
struct TableMapping {
    let kind: CanonicalKind
    /// Of the table's fields.
    let time: Int
    let timeColumn: TimeColumn
    /// A UTC column beside a wall clock: the wall clock is then that of receipt.
    private(set) var wallClock: Int?
    private(set) var receive: Int?
    let instrument: Int?
    private(set) var sequence: Int?
    private(set) var side: Int?
    private(set) var buyerIsMaker: Int?
    private(set) var id: Int?
    /// Of the canonical table's columns behind the common ones, in their order, where they are numbers; nil where the
    /// file has none.
    private(set) var prices: [Int?] = []
    private(set) var sizes: [Int?] = []
    private(set) var notes: [String] = []

    /// Levels of a book at most.
    private static let mostLevels = 200

    /// - Returns: nil for columns that are no market data.
    init?(_ fields: [Field]) {
        let names = ColumnNames(fields)
        guard var time = names.time(.time), var column = TimeColumn(fields[time].type) else { return nil }
        if case .wallClock = column, let epoch = names.first(of: ["epochtime"], where: { $0 == .int64 }) {
            (wallClock, time, column) = (time, epoch, .number)
        }
        // Some exchanges number their instruments.
        instrument = names.first(of: .instrument) { $0 == .text || $0 == .int64 || $0 == .uint64 }
        (self.time, timeColumn) = (time, column)
        let levels = (1...TableMapping.mostLevels).prefix {
            names.book("bid", isSize: false, level: $0) != nil && names.book("ask", isSize: false, level: $0) != nil
        }.count
        let bars = [MarketColumn.open, .high, .low, .close].map { names.number($0) }
        if levels > 1 {
            kind = .bookSnapshots
            for level in 1...levels {
                for side in ["ask", "bid"] {
                    prices.append(names.book(side, isSize: false, level: level))
                    sizes.append(names.book(side, isSize: true, level: level))
                }
            }
        } else if !bars.contains(nil), Set(bars).count == 4 {
            kind = .bars
            prices = bars
            sizes = [names.number(.volume)]
        } else if levels == 1 {
            kind = .quotes
            prices = [names.book("bid", isSize: false, level: 1), names.book("ask", isSize: false, level: 1)]
            sizes = [names.book("bid", isSize: true, level: 1), names.book("ask", isSize: true, level: 1)]
        } else if let price = names.number(.price), let size = names.number(.size), price != size {
            kind = .trades
            (prices, sizes) = ([price], [size])
            side = names.first(of: .side) { $0 == .text || $0 == .int64 }
            buyerIsMaker = names.first(of: .isBuyerMaker) { $0 == .text || $0 == .bool }
            id = names.first(of: .id) { $0 == .text || $0 == .int64 || $0 == .uint64 }
        } else {
            return nil
        }
        receive = wallClock ?? names.time(.receive).flatMap { $0 == time ? nil : $0 }
        sequence = names.first(of: .sequence) { $0 == .int64 || $0 == .uint64 }
        note(fields)
    }

    /// The columns that are read, each once, in order of the file.
    var columns: [Int] {
        Set((prices + sizes + [time, receive, instrument, sequence, side, buyerIsMaker, id]).compactMap { $0 }).sorted()
    }

    private mutating func note(_ fields: [Field]) {
        notes.append("'\(fields[time].name)' is taken as the time")
        switch timeColumn {
        case .wallClock: notes.append("it is a wall clock that names no zone")
        case .number: notes.append("it counts s, ms, µs or ns since 1970, by its size")
        case .date: notes.append("it has days alone: a row stands at midnight")
        case .text: break
        case .stamp: break
        }
        if let wallClock {
            notes.append(
                "'\(fields[wallClock].name)' is a wall clock at a constant distance from it, and taken as the time of "
                    + "receipt")
        } else if let receive {
            notes.append("'\(fields[receive].name)' is taken as the time of receipt")
        }
        if kind == .bars { notes.append("a bar is known one step behind its start") }
        if kind == .trades, side == nil, buyerIsMaker == nil { notes.append("no column says who started a trade") }
        let bytes = (prices + sizes).contains { $0.map { fields[$0].type == .binary } ?? false }
        if bytes {
            notes.append("columns of eight bytes are taken as integers of 10^−9, which nothing in the file confirms")
        }
        let used = columns
        let unused = fields.indices.filter { !used.contains($0) }.map { fields[$0].name }
        if !unused.isEmpty {
            let more = unused.count > 12 ? " and \(unused.count - 12) more" : ""
            notes.append("columns that are not read: \(unused.prefix(12).joined(separator: ", "))\(more)")
        }
    }
}
