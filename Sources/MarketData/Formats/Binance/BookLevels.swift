/// One side of a book of price levels, each with the size that rests there.
///
/// Sorted with the best price last, because changes are most often near it: a change costs a search and a move of the
/// levels that are better.
package struct BookLevels: Sendable {
    private let sign: Int64
    /// Prices times the sign, increasing.
    private var keys: [Int64] = []
    private var sizes: [Int64] = []

    /// - Parameter isBids: whether the highest price is the best.
    package init(isBids: Bool) { sign = isBids ? 1 : -1 }

    /// Levels with a size.
    package var count: Int { keys.count }
    /// Nil where the side is empty.
    package var bestPrice: Int64? { keys.last.map { $0 * sign } }
    /// 0 where the side is empty.
    package var bestSize: Int64 { sizes.last ?? 0 }

    /// Levels from the best on.
    package func best(_ count: Int) -> [(price: Int64, size: Int64)] {
        zip(keys, sizes).suffix(count).reversed().map { ($0 * sign, $1) }
    }

    /// Writes price and size of the best levels, `step` numbers from one to the next; 0 and 0 where there are fewer.
    ///
    /// - Precondition: there is memory for all of them.
    package func write(best count: Int, to target: UnsafeMutablePointer<Int64>, step: Int) {
        for level in 0..<count {
            let index = keys.count - 1 - level
            target[step * level] = index < 0 ? 0 : keys[index] * sign
            target[step * level + 1] = index < 0 ? 0 : sizes[index]
        }
    }

    /// What rests at a price; 0 where nothing does.
    ///
    /// - Parameter price: above −2^63.
    package func size(at price: Int64) -> Int64 {
        let place = place(price)
        return place < keys.count && keys[place] == price * sign ? sizes[place] : 0
    }

    /// Position of the first key that is not below that of a price.
    private func place(_ price: Int64) -> Int {
        let key = price.multipliedReportingOverflow(by: sign).partialValue
        var low = 0, high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Empties the side.
    package mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        sizes.removeAll(keepingCapacity: true)
    }

    /// States what rests at a price now.
    ///
    /// - Parameter price: above −2^63.
    /// - Returns: false where nothing was there to be removed, which feeds of limited depth do often.
    @discardableResult
    package mutating func set(_ price: Int64, _ size: Int64) -> Bool {
        let key = price.multipliedReportingOverflow(by: sign).partialValue
        let low = place(price)
        let isThere = low < keys.count && keys[low] == key
        if size == 0 {
            if isThere {
                keys.remove(at: low)
                sizes.remove(at: low)
            }
            return isThere
        }
        if isThere {
            sizes[low] = size
        } else {
            keys.insert(key, at: low)
            sizes.insert(size, at: low)
        }
        return true
    }
}
