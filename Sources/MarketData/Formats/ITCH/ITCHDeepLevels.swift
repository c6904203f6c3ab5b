/// The levels of one side that lie behind its best ones: chunks of a bounded number, the best chunk last.
///
/// - Complexity: O(log chunks + chunk) a change, whatever the depth, so that a sweep of prices is not quadratic.
struct ITCHDeepLevels {
    typealias Level = ITCHLevels.Level

    /// Levels of a chunk at most.
    static let most = 1024

    /// Each in order of its keys, none empty.
    private(set) var chunks: [[Level]] = []
    private(set) var count = 0

    /// The best key; nothing is asked of it while there are no levels.
    var best: UInt32 { chunks.last?.last?.key ?? 0 }

    /// A level, 0 the best.
    func level(_ depth: Int) -> Level? {
        var left = depth
        for chunk in chunks.reversed() {
            if left < chunk.count { return chunk[chunk.count - 1 - left] }
            left -= chunk.count
        }
        return nil
    }

    /// Puts levels before all others.
    mutating func append(_ levels: UnsafeBufferPointer<Level>) {
        guard !levels.isEmpty else { return }
        chunks.append(Array(levels))
        count += levels.count
    }

    /// Takes the best chunk away.
    mutating func popBest() -> [Level] {
        guard let best = chunks.popLast() else { return [] }
        count -= best.count
        return best
    }

    /// The chunk whose levels a key is among: the last that does not begin above it, else the first.
    private func chunk(_ key: UInt32) -> Int {
        var low = 0, high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if (chunks[middle].first?.key ?? 0) <= key { low = middle + 1 } else { high = middle }
        }
        return max(low - 1, 0)
    }

    /// The first level of a chunk whose key is not below `key`.
    private static func place(_ key: UInt32, in levels: [Level]) -> Int {
        var low = 0, high = levels.count
        while low < high {
            let middle = (low + high) / 2
            if levels[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Adds an order.
    mutating func add(_ key: UInt32, _ shares: UInt32) { add(Level(key: key, orders: 1, shares: UInt64(shares))) }

    /// Adds what a level has.
    mutating func add(_ level: Level) {
        let key = level.key
        guard !chunks.isEmpty else {
            chunks = [[level]]
            count = 1
            return
        }
        let chunk = chunk(key), place = ITCHDeepLevels.place(key, in: chunks[chunk])
        if place < chunks[chunk].count, chunks[chunk][place].key == key {
            chunks[chunk][place].orders &+= level.orders
            chunks[chunk][place].shares &+= level.shares
            return
        }
        chunks[chunk].insert(level, at: place)
        count += 1
        if chunks[chunk].count > ITCHDeepLevels.most {
            let half = chunks[chunk].count / 2, upper = Array(chunks[chunk][half...])
            chunks[chunk].removeSubrange(half...)
            chunks.insert(upper, at: chunk + 1)
        }
    }

    /// Takes shares of an order that is in a level.
    mutating func take(_ key: UInt32, _ shares: UInt32, isLast: Bool) {
        guard !chunks.isEmpty else { return }
        let chunk = chunk(key), place = ITCHDeepLevels.place(key, in: chunks[chunk])
        guard place < chunks[chunk].count, chunks[chunk][place].key == key else { return }
        chunks[chunk][place].shares &-= UInt64(shares)
        guard isLast else { return }
        chunks[chunk][place].orders &-= 1
        guard chunks[chunk][place].orders == 0 else { return }
        chunks[chunk].remove(at: place)
        count -= 1
        if chunks[chunk].isEmpty { chunks.remove(at: chunk) }
    }
}
