import Foundation

/// The orders of a book by number: a hash table with open addressing in one piece of memory.
///
/// Linear probing; a removal moves what stands behind it back, so no marks are left and nothing slows down in a long
/// day. At most half of the places are taken. Numbers are spread by Fibonacci hashing (Knuth, volume 3, 6.4), in
/// groups of successive numbers that stay together: young orders are added and end together, so their memory is near.
///
/// - Complexity: O(1) expected; memory grows with the most orders that live at once, 24 bytes a place.
final class ITCHOrders {
    /// An order, or a free place when nothing is left of it.
    struct Order {
        var ref: UInt64
        var shares: UInt32
        var price: UInt32
        var locate: UInt16
        var isBuy: Bool
    }

    /// Of the successive numbers that stay together.
    private static let groupBits: UInt64 = 6

    private(set) var count = 0
    private(set) var places: UnsafeMutablePointer<Order>
    private var mask: Int
    private var shift: UInt64

    /// - Parameter bits: the table begins with 2^bits places, at least 2^8.
    init(bits: Int) {
        (mask, shift) = ((1 << bits) - 1, UInt64(64 - bits))
        places = ITCHOrders.allocate(1 << bits)
    }

    deinit { places.deallocate() }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Order> {
        let size = count * MemoryLayout<Order>.stride, isLarge = size >= 1 << 22
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: isLarge ? 1 << 21 : 64)
        #if os(Linux)
            // Places are met in no order: with pages of 4 KiB most look-ups would miss the table of pages too.
            if isLarge { _ = madvise(memory, size, Int32(MADV_HUGEPAGE)) }
        #endif
        let places = memory.bindMemory(to: Order.self, capacity: count)
        places.initialize(repeating: Order(ref: 0, shares: 0, price: 0, locate: 0, isBuy: false), count: count)
        return places
    }

    /// Where a number's search begins.
    @inline(__always)
    func home(_ ref: UInt64) -> Int {
        let group = ((ref &>> ITCHOrders.groupBits) &* 0x9E37_79B9_7F4A_7C15) &>> (shift &+ ITCHOrders.groupBits)
        return Int(truncatingIfNeeded: group &<< ITCHOrders.groupBits | ref & (1 &<< ITCHOrders.groupBits &- 1))
    }

    /// The place of an order, or −1.
    @inline(__always)
    func find(_ ref: UInt64) -> Int {
        var place = home(ref)
        while places[place].shares != 0 {
            if places[place].ref == ref { return place }
            place = (place &+ 1) & mask
        }
        return -1
    }

    /// Adds an order of at least one share; false when its number lives already.
    @inline(__always)
    func insert(_ order: Order) -> Bool {
        var place = home(order.ref)
        while places[place].shares != 0 {
            if places[place].ref == order.ref { return false }
            place = (place &+ 1) & mask
        }
        places[place] = order
        count &+= 1
        if count &* 2 > mask { grow() }
        return true
    }

    /// Frees a place.
    @inline(__always)
    func remove(_ place: Int) {
        var hole = place, next = (place &+ 1) & mask
        while places[next].shares != 0 {
            let home = home(places[next].ref)
            // It may move when its search passes the hole.
            if (next &- home) & mask >= (next &- hole) & mask {
                places[hole] = places[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        places[hole].shares = 0
        count &-= 1
    }

    @inline(never)
    private func grow() {
        let old = places, oldCount = mask + 1
        (mask, shift) = (2 * oldCount - 1, shift - 1)
        places = ITCHOrders.allocate(2 * oldCount)
        for index in 0..<oldCount where old[index].shares != 0 {
            var place = home(old[index].ref)
            while places[place].shares != 0 { place = (place + 1) & mask }
            places[place] = old[index]
        }
        old.deallocate()
    }
}
