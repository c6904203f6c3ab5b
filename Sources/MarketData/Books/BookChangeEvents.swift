import Basics
import Tables

/// Rows of a table of book changes.
struct BookChangeRows {
    /// One of them.
    struct Change {
        var action: BookAction
        /// 1 buy, −1 sell, 0 where it is not said.
        var side: Int8
        /// Of the order; of a trade that concerned no visible one, what it traded at.
        var price: Int64
        var size: Int64
        var order: Int64
        /// Whether the row says side, price and size of the order it concerns.
        var isWhole: Bool

        func event(
            time: Nanoseconds, known: Nanoseconds, sequence: Int64, levels: UnsafeBufferPointer<Int64>
        ) -> BookEvent {
            BookEvent(
                time: time, known: known, sequence: sequence, kind: action.kind, side: side, size: size, price: price,
                orderID: order, levels: levels)
        }
    }

    var rows: BookRowSource
    /// By code of the text, of the chunk of that number.
    private var actions: (chunk: Int, byCode: [BookAction?]) = (0, [])
    private static let first = CanonicalFields.common.count

    init(_ path: String, _ source: any ChunkSource, _ request: BookRequest) throws {
        rows = try BookRowSource(path, source, request, price: "price", size: "size")
    }

    private mutating func action() throws -> BookAction {
        let text = rows.texts[BookChangeRows.first]
        if actions.chunk != rows.chunkNumber {
            actions = (rows.chunkNumber, (text?.values ?? []).map { BookAction(rawValue: $0) })
        }
        let code = (text?.codes[rows.row]).map { Int($0) } ?? 0
        guard code < actions.byCode.count, let action = actions.byCode[code] else {
            throw rows.fault(
                "found the action '\((text?[rows.row] ?? "").prefix(20))', expected one of "
                    + BookAction.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return action
    }

    /// The present row.
    mutating func change() throws -> Change {
        let first = BookChangeRows.first, action = try action()
        let side = rows.columns[first + 1][rows.row]
        guard side == nil || side == 1 || side == -1 else {
            throw rows.fault("found the side \(side ?? 0), expected 1 or -1")
        }
        let price = try rows.price(first + 2), size = try rows.size(first + 3)
        return Change(
            action: action, side: Int8(side ?? 0), price: try price ?? rows.price(first + 5) ?? 0, size: size ?? 0,
            order: rows.columns[first + 4][rows.row] ?? 0,
            isWhole: side != nil && price != nil && size != nil)
    }
}

extension BookAction {
    /// What the action is as an event. States of trading are halts: the book before and after them are two.
    var kind: BookEvent.Kind {
        switch self {
        case .add: .submission
        case .reduce: .cancellation
        case .delete: .deletion
        case .execute: .execution
        case .set: .change
        case .clear: .restart
        case .hidden: .hiddenExecution
        case .cross: .cross
        case .halt, .quote, .trade: .halt
        }
    }
}

/// Rows of a table of book changes as events, with the books that they lead to.
///
/// A change of an order is an event. Levels that are set by one message, which are successive rows of one position,
/// sequence and time, are one event together: between them the book is none that was ever there.
struct BookChangeEvents {
    private var changes: BookChangeRows
    private var books: [ChangedBook] = []
    private let levels: Int
    private let memory: LevelMemory
    /// Levels that were set and have not become an event yet.
    private var waiting: Waiting?

    private struct Waiting {
        let instrument: Int
        let time: Nanoseconds
        let position: Int64
        let sequence: Int64
        var known: Nanoseconds
        var isRestart: Bool
    }

    init(_ path: String, _ source: any ChunkSource, _ request: BookRequest) throws {
        changes = try BookChangeRows(path, source, request)
        levels = request.levels
        memory = LevelMemory(levels: levels)
    }

    consuming func read(_ body: (BookInstrument, BookEvent) throws -> Void) throws {
        while try changes.rows.next() {
            let change = try changes.change(), index = changes.rows.instrument
            let time = changes.rows.time, known = changes.rows.known, sequence = changes.rows.sequence
            let position = changes.rows.position
            let isOfLevels = change.action == .set || change.action == .clear
            if let waiting,
                !isOfLevels || waiting.instrument != index || waiting.position != position
                    || waiting.sequence != sequence || waiting.time != time
            {
                try finish(waiting, body)
                self.waiting = nil
            }
            while books.count <= index { books.append(ChangedBook()) }
            if let reason = books[index].apply(change) {
                throw changes.rows.fault(reason.found, hint: reason.hint)
            }
            if isOfLevels {
                if waiting == nil {
                    waiting = Waiting(
                        instrument: index, time: time, position: position, sequence: sequence, known: known,
                        isRestart: false)
                }
                let before = waiting?.known ?? known
                waiting?.known = max(before, known)
                if change.action == .clear { waiting?.isRestart = true }
            } else {
                try body(
                    instrument(index),
                    change.event(time: time, known: known, sequence: sequence, levels: levels(of: index)))
            }
        }
        if let waiting { try finish(waiting, body) }
    }

    private func finish(_ waiting: Waiting, _ body: (BookInstrument, BookEvent) throws -> Void) throws {
        try body(
            instrument(waiting.instrument),
            BookEvent(
                time: waiting.time, known: waiting.known, sequence: waiting.sequence,
                kind: waiting.isRestart ? .restart : .change, side: 0, size: 0, price: 0,
                levels: levels(of: waiting.instrument)))
    }

    private func instrument(_ index: Int) -> BookInstrument {
        BookInstrument(
            index: index, name: changes.rows.names[index], levels: levels, priceDecimals: changes.rows.priceDecimals,
            sizeDecimals: changes.rows.sizeDecimals, saysTrades: !books[index].isOfLevels)
    }

    private func levels(of index: Int) -> UnsafeBufferPointer<Int64> {
        if let base = memory.numbers.baseAddress {
            books[index].asks.write(best: levels, to: base, step: 4)
            books[index].bids.write(best: levels, to: base + 2, step: 4)
        }
        return memory.levels
    }
}
