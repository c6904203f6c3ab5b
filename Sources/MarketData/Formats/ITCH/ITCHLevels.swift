/// One side of one instrument's book: the best levels in a flat array, the best last, because most happens there, and
/// all others behind it in chunks.
///
/// - Complexity: O(1) near the best; elsewhere O(log levels) and a move of at most 1,024 levels.
struct ITCHLevels {
    struct Level: Equatable {
        /// Grows towards the best: the price of bids, its complement for asks.
        var key: UInt32
        var orders: UInt32
        var shares: UInt64
    }

    /// Levels of the flat array at most; of more the worse half goes into a chunk.
    private static let most: Int32 = 1024

    private(set) var levels: UnsafeMutablePointer<Level>
    /// Levels in the flat array.
    private(set) var count: Int32 = 0
    private var capacity: Int32 = 0
    /// What lies behind the flat array; nil while that holds all. Where it is not empty, the array is not either.
    private var deep: UnsafeMutablePointer<ITCHDeepLevels>?

    /// Stands for the memory of sides that have none yet; nothing is read from it or written to it.
    private nonisolated(unsafe) static let nowhere = UnsafeMutablePointer<Level>.allocate(capacity: 1)

    init() { levels = ITCHLevels.nowhere }

    /// Gives its memory back; nothing may be done with it afterwards.
    func deallocate() {
        if capacity > 0 { levels.deallocate() }
        deep?.deinitialize(count: 1)
        deep?.deallocate()
    }

    /// All levels of the side.
    var total: Int { Int(count) + (deep?.pointee.count ?? 0) }

    /// A level, 0 the best; nil beyond the last.
    func level(_ depth: Int) -> Level? {
        guard depth >= 0 else { return nil }
        return depth < Int(count) ? levels[Int(count) - 1 - depth] : deep?.pointee.level(depth - Int(count))
    }

    /// Position of the last level whose key is not above `key`, −1 if there is none.
    @inline(__always)
    private func place(_ key: UInt32) -> Int {
        var place = Int(count) &- 1
        let near = max(place &- 12, -1)
        while place > near {
            if levels[place].key <= key { return place }
            place &-= 1
        }
        return place < 0 ? place : far(key, below: place)
    }

    @inline(never)
    private func far(_ key: UInt32, below last: Int) -> Int {
        var low = 0, high = last + 1
        while low < high {
            let middle = (low + high) / 2
            if levels[middle].key <= key { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    @inline(__always)
    mutating func add(_ key: UInt32, _ shares: UInt32) {
        let place = place(key)
        if place >= 0, levels[place].key == key {
            levels[place].orders &+= 1
            levels[place].shares &+= UInt64(shares)
        } else if place >= 0 || !addDeep(key, shares) {
            insert(Level(key: key, orders: 1, shares: UInt64(shares)), at: place &+ 1)
        }
    }

    /// Whether a key that is worse than the flat array's lies behind it, and was added there.
    @inline(never)
    private mutating func addDeep(_ key: UInt32, _ shares: UInt32) -> Bool {
        guard let deep, deep.pointee.count > 0, key <= deep.pointee.best else { return false }
        deep.pointee.add(key, shares)
        return true
    }

    /// Takes shares of an order that is in the level.
    @inline(__always)
    mutating func take(_ key: UInt32, _ shares: UInt32, isLast: Bool) {
        let place = place(key)
        guard place >= 0, levels[place].key == key else {
            if let deep { deep.pointee.take(key, shares, isLast: isLast) }
            return
        }
        levels[place].shares &-= UInt64(shares)
        guard isLast else { return }
        levels[place].orders &-= 1
        if levels[place].orders == 0 {
            count &-= 1
            let behind = Int(count) &- place
            if behind > 0 { (levels + place).update(from: levels + place + 1, count: behind) }
            if count == 0, deep != nil { refill() }
        }
    }

    @inline(__always)
    private mutating func insert(_ level: Level, at place: Int) {
        if count == capacity { return insertWide(level, at: place) }
        let behind = Int(count) &- place
        if behind > 0 { (levels + place + 1).update(from: levels + place, count: behind) }
        levels[place] = level
        count &+= 1
    }

    /// The same where the array is full.
    @inline(never)
    private mutating func insertWide(_ level: Level, at place: Int) {
        guard count >= ITCHLevels.most else {
            grow()
            return insert(level, at: place)
        }
        let half = Int(count) / 2
        if deep == nil {
            let memory = UnsafeMutablePointer<ITCHDeepLevels>.allocate(capacity: 1)
            memory.initialize(to: ITCHDeepLevels())
            deep = memory
        }
        deep?.pointee.append(UnsafeBufferPointer(start: levels, count: half))
        count -= Int32(half)
        levels.update(from: levels + half, count: Int(count))
        if place >= half { return insert(level, at: place - half) }
        // It lies among those that have moved.
        deep?.pointee.add(level)
    }

    /// The best chunk becomes the flat array, whose last level has ended.
    @inline(never)
    private mutating func refill() {
        guard let deep, deep.pointee.count > 0 else { return }
        let best = deep.pointee.popBest()
        while Int(capacity) < best.count { grow() }
        best.withUnsafeBufferPointer { best in
            if let base = best.baseAddress { levels.update(from: base, count: best.count) }
        }
        count = Int32(best.count)
    }

    private mutating func grow() {
        let wider = max(16, 2 * capacity)
        let memory = UnsafeMutablePointer<Level>.allocate(capacity: Int(wider))
        memory.update(from: levels, count: Int(count))
        if capacity > 0 { levels.deallocate() }
        (levels, capacity) = (memory, wider)
    }
}
