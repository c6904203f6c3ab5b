import Basics

/// The order books of all instruments of an ITCH feed, message by message.
///
/// An order lives from its addition, or as the new one of a replacement, until nothing is left of it. What breaks
/// these rules is counted by name and changes nothing, or no more than there is.
///
/// - Complexity: O(1) expected a message, and the levels between it and the best of its side. Nothing is allocated
///   once tables have grown to the most orders and levels that live at once.
package final class ITCHBookBuilder {
    /// A rule of the feed that a message broke.
    package enum Violation: Int, CaseIterable, Sendable {
        /// An order that was never added. Normal in a file that does not begin with the day.
        case unknownOrder
        /// The number of an order that lives.
        case duplicateOrder
        /// More than is left of an order.
        case moreThanLeft
        /// An order of no shares.
        case emptyOrder
        /// A side that is neither B nor S.
        case side
        /// Another instrument than the order's.
        case otherInstrument
        /// A time before the one of the message above.
        case backInTime
    }

    /// A level of a book.
    package struct Level: Equatable, Sendable {
        /// Dollars × 10,000.
        package let price: UInt32
        /// Of all orders of the level.
        package let shares: UInt64
        /// How many there are.
        package let orders: UInt32
    }

    /// An order that lives.
    package struct Order: Equatable, Sendable {
        /// The exchange's number of the stock for the day.
        package let locate: UInt16
        /// Its side.
        package let isBuy: Bool
        /// In ten-thousandths of a dollar.
        package let price: UInt32
        /// What is left of it.
        package let shares: UInt32
    }

    private let orders: ITCHOrders
    /// Bids and asks of every locate number.
    private let sides: UnsafeMutablePointer<ITCHLevels>
    private let counts: UnsafeMutablePointer<Int>
    /// Length of every type, 0 for what is none: a look-up has no branch that the processor could guess wrong.
    let lengths: UnsafeMutablePointer<UInt8>
    private var lastTime: UInt64 = 0
    /// Keeps the loads that only fetch memory from being left out.
    private var touched: UInt64 = 0
    /// Messages so far.
    package private(set) var messageCount = 0
    /// Whether the feed began with the day, so that every order must be known.
    package private(set) var isComplete = false
    /// The first message that broke a rule, from 1, and which.
    package private(set) var firstViolation: (message: Int, rule: Violation)?

    /// Which messages are its own, where several builders share a feed: those whose locate number leaves this rest.
    let share: Int
    let shares: Int

    /// - Parameters:
    ///   - bits: the table of orders begins with 2^bits places (24 bytes each) and grows when needed.
    ///   - share: the number of this builder among `shares`, a power of two, that take the same blocks, each the
    ///     instruments of its own.
    package init(bits: Int = 16, share: Int = 0, of shares: Int = 1) {
        (self.share, self.shares) = (share, shares)
        orders = ITCHOrders(bits: min(max(bits, 8), 30))
        sides = .allocate(capacity: 1 << 17)
        sides.initialize(repeating: ITCHLevels(), count: 1 << 17)
        counts = .allocate(capacity: Violation.allCases.count)
        counts.initialize(repeating: 0, count: Violation.allCases.count)
        lengths = .allocate(capacity: 256)
        for type in 0..<256 {
            (lengths + type).initialize(to: UInt8(clamping: ITCHLayout.length(UInt8(truncatingIfNeeded: type))))
        }
    }

    deinit {
        for index in 0..<(1 << 17) { sides[index].deallocate() }
        sides.deallocate()
        counts.deallocate()
        lengths.deallocate()
    }

    /// Orders that live.
    package var orderCount: Int { orders.count }

    /// How often a rule was broken.
    package func count(_ rule: Violation) -> Int { counts[rule.rawValue] }

    /// Messages that broke a rule; orders that are not known count only where the day is complete.
    package var violationCount: Int {
        Violation.allCases.filter { $0 != .unknownOrder || isComplete }.reduce(0) { $0 + count($1) }
    }

    /// An order by its number.
    package func order(_ ref: UInt64) -> Order? {
        let place = orders.find(ref)
        guard place >= 0 else { return nil }
        let order = orders.places[place]
        return Order(locate: order.locate, isBuy: order.isBuy, price: order.price, shares: order.shares)
    }

    /// Levels of a side.
    package func levelCount(_ locate: UInt16, isBuy: Bool) -> Int {
        sides[ITCHBookBuilder.side(locate, isBuy)].total
    }

    /// A level of a side, 0 the best; nil beyond the last.
    package func level(_ locate: UInt16, isBuy: Bool, _ depth: Int = 0) -> Level? {
        guard let level = sides[ITCHBookBuilder.side(locate, isBuy)].level(depth) else { return nil }
        return Level(price: isBuy ? level.key : ~level.key, shares: level.shares, orders: level.orders)
    }

    @inline(__always)
    private static func side(_ locate: UInt16, _ isBuy: Bool) -> Int { Int(locate) &* 2 &+ (isBuy ? 0 : 1) }

    @inline(never)
    private func broke(_ rule: Violation) {
        counts[rule.rawValue] += 1
        if firstViolation == nil, rule != .unknownOrder || isComplete { firstViolation = (messageCount, rule) }
    }

    /// Asks for the memory of the order that a message concerns, and of where its instrument's sides are.
    @inline(__always)
    func touchOrder(_ message: ITCHMessage, _ length: Int) {
        // Messages without an order are shorter, or it does not matter what is fetched.
        guard length >= 19 else { return }
        touched &+= UInt64(orders.places[orders.home(message.u64(11))].shares)
        touched &+= UInt64(truncatingIfNeeded: sides[ITCHBookBuilder.side(message.locate, true)].count)
    }

    /// Asks for the memory of the level that a message most likely changes.
    @inline(__always)
    func touchLevels(_ message: ITCHMessage) {
        guard lengths[Int(message.type)] >= 19 else { return }
        let isBuy: Bool
        if message.type == UInt8(ascii: "A") || message.type == UInt8(ascii: "F") {
            isBuy = message.u8(19) == UInt8(ascii: "B")
        } else {
            isBuy = orders.places[orders.home(message.u64(11))].isBuy
        }
        let side = sides[ITCHBookBuilder.side(message.locate, isBuy)]
        if side.count > 0 { touched &+= side.levels[Int(side.count) &- 1].shares }
    }

    /// Takes a message of its share, the number of which among all is known.
    @inline(__always)
    func apply(_ message: ITCHMessage, number: Int) {
        messageCount = number &- 1
        apply(message)
    }

    /// Counts messages of other shares.
    func skip(to number: Int) { messageCount = number }

    /// Takes the next message.
    @inline(__always)
    package func apply(_ message: ITCHMessage) {
        messageCount &+= 1
        let time = message.time
        if time < lastTime { broke(.backInTime) } else { lastTime = time }
        switch message.type {
        case UInt8(ascii: "A"), UInt8(ascii: "F"): add(message)
        case UInt8(ascii: "D"): delete(message)
        case UInt8(ascii: "E"), UInt8(ascii: "C"), UInt8(ascii: "X"): take(message)
        case UInt8(ascii: "U"): replace(message)
        case UInt8(ascii: "S"):
            if messageCount == 1, message.u8(11) == UInt8(ascii: "O") { isComplete = true }
        default: break
        }
    }

    @inline(__always)
    private func add(_ message: ITCHMessage) {
        let letter = message.u8(19)
        guard letter == UInt8(ascii: "B") || letter == UInt8(ascii: "S") else { return broke(.side) }
        insert(
            ITCHOrders.Order(
                ref: message.u64(11), shares: message.u32(20), price: message.u32(32), locate: message.locate,
                isBuy: letter == UInt8(ascii: "B")))
    }

    @inline(__always)
    private func insert(_ order: ITCHOrders.Order) {
        guard order.shares > 0 else { return broke(.emptyOrder) }
        guard orders.insert(order) else { return broke(.duplicateOrder) }
        let side = ITCHBookBuilder.side(order.locate, order.isBuy)
        sides[side].add(order.isBuy ? order.price : ~order.price, order.shares)
    }

    /// The place of the order that a message concerns, or −1.
    @inline(__always)
    private func place(_ message: ITCHMessage) -> Int {
        let place = orders.find(message.u64(11))
        if place < 0 {
            broke(.unknownOrder)
        } else if orders.places[place].locate != message.locate {
            broke(.otherInstrument)
            return -1
        }
        return place
    }

    /// Takes an order out of table and book.
    @inline(__always)
    private func remove(_ place: Int) {
        let order = orders.places[place]
        orders.remove(place)
        sides[ITCHBookBuilder.side(order.locate, order.isBuy)]
            .take(order.isBuy ? order.price : ~order.price, order.shares, isLast: true)
    }

    @inline(__always)
    private func delete(_ message: ITCHMessage) {
        let place = place(message)
        if place >= 0 { remove(place) }
    }

    @inline(__always)
    private func take(_ message: ITCHMessage) {
        let place = place(message), shares = message.u32(19)
        guard place >= 0 else { return }
        let order = orders.places[place]
        guard shares < order.shares else {
            if shares > order.shares { broke(.moreThanLeft) }
            return remove(place)
        }
        orders.places[place].shares = order.shares &- shares
        sides[ITCHBookBuilder.side(order.locate, order.isBuy)]
            .take(order.isBuy ? order.price : ~order.price, shares, isLast: false)
    }

    @inline(__always)
    private func replace(_ message: ITCHMessage) {
        let place = place(message)
        guard place >= 0 else { return }
        let old = orders.places[place]
        remove(place)
        insert(
            ITCHOrders.Order(
                ref: message.u64(19), shares: message.u32(27), price: message.u32(31), locate: old.locate,
                isBuy: old.isBuy))
    }
}
