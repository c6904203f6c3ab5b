import Basics

/// Rolls a row of LOBSTER's order books forward by the next message, as far as messages say what happens.
///
/// Submissions add their size to the level of their price, cancellations, deletions and executions of visible orders
/// take it away, all else leaves the book as it is. Below the deepest level of a side that is shown in full nothing is
/// known: what comes up there after a removal cannot be derived.
package struct LobsterRoll {
    /// A level of one side.
    package struct Level: Equatable, Sendable {
        /// Scaled as the file's.
        package var price: Int64
        /// Shares of all its orders.
        package var size: Int64
    }

    /// How a rolled book and the row that the file has differ; empty where the rule holds.
    package struct Difference: Equatable, Sendable {
        /// 1 bids, −1 asks.
        package let side: Int64
        /// Scaled as the file's.
        package let price: Int64
        /// Rolled forward, 0 for no level.
        package let expected: Int64
        /// In the file, 0 for no level.
        package let found: Int64
    }

    /// Levels a side that rows have.
    package let depth: Int
    /// Levels of buyers, the highest first.
    package private(set) var bids: [Level] = []
    /// Levels of sellers, the lowest first.
    package private(set) var asks: [Level] = []
    /// Deepest price that is known, nil where all of the side is.
    private var bidHorizon: Int64?
    private var askHorizon: Int64?
    /// Levels that came up at the deep end since the first row, which no message told.
    package private(set) var appearedCount = 0

    /// - Parameter row: ask price, ask size, bid price, bid size of every level, best first.
    package init(_ row: UnsafeBufferPointer<Int64>) {
        depth = row.count / 4
        set(row)
    }

    private mutating func set(_ row: UnsafeBufferPointer<Int64>) {
        bids.removeAll(keepingCapacity: true)
        asks.removeAll(keepingCapacity: true)
        for level in 0..<depth {
            if row[4 * level + 1] > 0 { asks.append(Level(price: row[4 * level], size: row[4 * level + 1])) }
            if row[4 * level + 3] > 0 { bids.append(Level(price: row[4 * level + 2], size: row[4 * level + 3])) }
        }
        bidHorizon = bids.count == depth ? bids.last?.price : nil
        askHorizon = asks.count == depth ? asks.last?.price : nil
    }

    /// Takes a message; false where it takes away more than its level has, or from a level that is not there.
    package mutating func apply(_ kind: BookEvent.Kind, side: Int8, price: Int64, size: Int64) -> Bool {
        let change: Int64
        switch kind {
        case .submission: change = size
        case .cancellation, .deletion, .execution: change = Int64(0).saturatingMinus(size)
        case .hiddenExecution, .cross, .halt, .change, .restart: return true
        }
        return side > 0
            ? LobsterRoll.apply(change, price, &bids, bidHorizon) { $0 > $1 }
            : LobsterRoll.apply(change, price, &asks, askHorizon) { $0 < $1 }
    }

    private static func apply(
        _ change: Int64, _ price: Int64, _ levels: inout [Level], _ horizon: Int64?,
        _ isBetter: (Int64, Int64) -> Bool
    ) -> Bool {
        if let horizon, isBetter(horizon, price) { return true }
        let index = levels.firstIndex { !isBetter($0.price, price) } ?? levels.count
        guard index < levels.count, levels[index].price == price else {
            guard change > 0 else { return false }
            levels.insert(Level(price: price, size: change), at: index)
            return true
        }
        let size = levels[index].size.saturatingPlus(change)
        if size > 0 { levels[index].size = size } else { levels.remove(at: index) }
        return size >= 0
    }

    /// Compares with the next row of the file and goes on from it.
    ///
    /// - Returns: levels that both can show and that differ.
    package mutating func advance(to row: UnsafeBufferPointer<Int64>) -> [Difference] {
        let isSame = LobsterRoll.isSame(asks, row, 0, depth), areSame = LobsterRoll.isSame(bids, row, 2, depth)
        // The usual case: what was rolled is what the file has.
        if isSame, areSame {
            askHorizon = asks.count == depth ? asks.last?.price : nil
            bidHorizon = bids.count == depth ? bids.last?.price : nil
            return []
        }
        let rolled = (bids, asks, bidHorizon, askHorizon)
        set(row)
        return compare(rolled.0, bids, rolled.2, bidHorizon, side: 1) { $0 > $1 }
            + compare(rolled.1, asks, rolled.3, askHorizon, side: -1) { $0 < $1 }
    }

    /// Whether a side is level by level what a row has.
    private static func isSame(
        _ levels: [Level], _ row: UnsafeBufferPointer<Int64>, _ offset: Int, _ depth: Int
    ) -> Bool {
        guard levels.count <= depth else { return false }
        for (index, level) in levels.enumerated()
        where row[4 * index + offset] != level.price || row[4 * index + offset + 1] != level.size { return false }
        return levels.count == depth || row[4 * levels.count + offset + 1] == 0
    }

    private mutating func compare(
        _ rolled: [Level], _ found: [Level], _ rolledHorizon: Int64?, _ foundHorizon: Int64?, side: Int64,
        _ isBetter: (Int64, Int64) -> Bool
    ) -> [Difference] {
        // Ends at once for the usual case: the same levels.
        if rolled == found { return [] }
        var out: [Difference] = [], i = 0, j = 0
        while i < rolled.count || j < found.count {
            let isSame = i < rolled.count && j < found.count && rolled[i].price == found[j].price
            if isSame {
                if rolled[i].size != found[j].size {
                    out.append(
                        Difference(side: side, price: found[j].price, expected: rolled[i].size, found: found[j].size))
                }
                i += 1
                j += 1
            } else if j == found.count || i < rolled.count && isBetter(rolled[i].price, found[j].price) {
                // Beyond the deepest level that the file shows it may well be there.
                if foundHorizon.map({ !isBetter($0, rolled[i].price) }) ?? true {
                    out.append(Difference(side: side, price: rolled[i].price, expected: rolled[i].size, found: 0))
                }
                i += 1
            } else {
                if let rolledHorizon, isBetter(rolledHorizon, found[j].price) {
                    appearedCount += 1
                } else {
                    out.append(Difference(side: side, price: found[j].price, expected: 0, found: found[j].size))
                }
                j += 1
            }
        }
        return out
    }
}
