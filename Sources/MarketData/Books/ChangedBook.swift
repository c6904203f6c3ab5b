import Basics

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
        "a book is known where its rows begin with the day, or with a row 'clear' and all of its levels; or lay a "
        + "table of the books after these changes beside it, named with 'snapshots' in place of 'changes'"

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
