/// One side of one instrument's book: levels in a flat array, the best last, because most happens there.
struct ITCHLevels {
    struct Level {
        /// Grows towards the best: the price of bids, its complement for asks.
        var key: UInt32
        var orders: UInt32
        var shares: UInt64
    }

    private(set) var levels: UnsafeMutablePointer<Level>
    private(set) var count: Int32 = 0
    private var capacity: Int32 = 0

    /// Stands for the memory of sides that have none yet; nothing is read from it or written to it.
    private nonisolated(unsafe) static let nowhere = UnsafeMutablePointer<Level>.allocate(capacity: 1)

    init() { levels = ITCHLevels.nowhere }

    /// Gives its memory back; nothing may be done with it afterwards.
    func deallocate() { if capacity > 0 { levels.deallocate() } }

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
        } else {
            insert(Level(key: key, orders: 1, shares: UInt64(shares)), at: place &+ 1)
        }
    }

    /// Takes shares of an order that is in the level.
    @inline(__always)
    mutating func take(_ key: UInt32, _ shares: UInt32, isLast: Bool) {
        let place = place(key)
        guard place >= 0, levels[place].key == key else { return }
        levels[place].shares &-= UInt64(shares)
        guard isLast else { return }
        levels[place].orders &-= 1
        if levels[place].orders == 0 {
            count &-= 1
            let behind = Int(count) &- place
            if behind > 0 { (levels + place).update(from: levels + place + 1, count: behind) }
        }
    }

    @inline(__always)
    private mutating func insert(_ level: Level, at place: Int) {
        if count == capacity { grow() }
        let behind = Int(count) &- place
        if behind > 0 { (levels + place + 1).update(from: levels + place, count: behind) }
        levels[place] = level
        count &+= 1
    }

    @inline(never)
    private mutating func grow() {
        let wider = max(16, 2 * capacity)
        let memory = UnsafeMutablePointer<Level>.allocate(capacity: Int(wider))
        memory.update(from: levels, count: Int(count))
        deallocate()
        (levels, capacity) = (memory, wider)
    }
}
