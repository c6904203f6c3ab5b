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

/// One order book that changes row by row.
///
/// It is known where the rows begin with an empty book, or where they clear it: a change of an order or a level that
/// was there before is refused, because what else was there is not known either.
struct ChangedBook {
    /// Why a row does not fit the book.
    struct Refusal {
        let found: String
        let hint: String
    }

    private(set) var asks = BookLevels(isBids: false)
    private(set) var bids = BookLevels(isBids: true)
    /// What is left of the orders that live, by number.
    private var orders: [Int64: Int64] = [:]
    private var hasBegun = false
    /// Whether rows set whole levels.
    private(set) var isOfLevels = false

    private static let incomplete =
        "a book is known where its rows begin with the day, or with a row 'clear' and all of its levels; or lay a table "
        + "of the books after these changes beside it, named with 'snapshots' in place of 'changes'"

    /// - Returns: nil where the row fits, and the book is the one after it.
    mutating func apply(_ change: BookChangeRows.Change) -> Refusal? {
        switch change.action {
        case .hidden, .cross, .halt, .quote, .trade: return nil
        case .clear:
            asks.removeAll()
            bids.removeAll()
            orders.removeAll(keepingCapacity: true)
            hasBegun = true
            return nil
        case .add, .reduce, .delete, .execute, .set: break
        }
        guard change.isWhole else {
            return Refusal(
                found: "found '\(change.action.rawValue)' without side, price or size, as of an order from before",
                hint: ChangedBook.incomplete)
        }
        switch change.action {
        case .set:
            guard hasBegun else {
                return Refusal(
                    found: "found a level that is set in a book that nothing began", hint: ChangedBook.incomplete)
            }
            isOfLevels = true
            set(change.side, change.price, change.size)
            return nil
        case .add: return add(change)
        default: return take(change)
        }
    }

    private mutating func set(_ side: Int8, _ price: Int64, _ size: Int64) {
        if side > 0 { bids.set(price, size) } else { asks.set(price, size) }
    }

    private func there(_ change: BookChangeRows.Change) -> Int64 {
        change.side > 0 ? bids.size(at: change.price) : asks.size(at: change.price)
    }

    private mutating func add(_ change: BookChangeRows.Change) -> Refusal? {
        let sum = there(change).saturatingPlus(change.size)
        guard change.size > 0, sum <= BookRowSource.largest else {
            return Refusal(
                found: "found a new order of \(change.size), which makes \(sum) of its level",
                hint: "correct the row or leave it out")
        }
        if change.order != 0 {
            guard orders.updateValue(change.size, forKey: change.order) == nil else {
                return Refusal(
                    found: "found a new order with the number \(change.order) of one that lives",
                    hint: "rows are missing or damaged")
            }
        }
        set(change.side, change.price, sum)
        return nil
    }

    private mutating func take(_ change: BookChangeRows.Change) -> Refusal? {
        if change.order != 0 {
            guard let left = orders[change.order] else {
                return Refusal(
                    found: "found '\(change.action.rawValue)' of order \(change.order), which was never added or has "
                        + "ended", hint: ChangedBook.incomplete)
            }
            guard change.action == .delete ? change.size == left : change.size <= left else {
                return Refusal(
                    found: "found '\(change.action.rawValue)' of \(change.size) of order \(change.order), which has "
                        + "\(left)", hint: "rows are missing or damaged")
            }
            orders[change.order] = change.size < left ? left - change.size : nil
        }
        let there = there(change)
        guard change.size <= there else {
            return Refusal(
                found: "found '\(change.action.rawValue)' of \(change.size) at a level of \(there)",
                hint: ChangedBook.incomplete)
        }
        set(change.side, change.price, there - change.size)
        return nil
    }
}
