import Basics

/// The side of an order.
package enum Side: String, Sendable, CaseIterable {
    case buy, sell

    /// +1 or −1.
    package var sign: Int64 { self == .buy ? 1 : -1 }
}

/// A limit order; price in units of 10^−priceDecimals, quantity in lots.
package struct Order: Sendable, Equatable {
    /// Unique and increasing in one run.
    package var id: UInt64
    /// Position in the list of instruments.
    package var instrument: Int
    /// Buy or sell.
    package var side: Side
    /// Lots, above zero.
    package var quantity: Int64
    /// The limit: the most a buy pays, the least a sale takes.
    package var price: Int64

    /// An order that nobody has seen yet.
    package init(id: UInt64, instrument: Int, side: Side, quantity: Int64, price: Int64) {
        self.id = id
        self.instrument = instrument
        self.side = side
        self.quantity = quantity
        self.price = price
    }
}

/// The life of one order. Events move it; an event that does not fit its state is an error that the caller records.
package struct OrderState: Sendable, Equatable {
    /// Where an order stands; raw values are words of journals.
    package enum Status: String, Sendable {
        case created, denied, submitted, partiallyFilled = "partially-filled", filled, cancelled
    }

    /// What happens to an order.
    package enum Event: Sendable, Equatable {
        /// By the risk engine, before it was sent.
        case denied
        case submitted
        /// Lots; more than one fill may follow.
        case filled(Int64)
        case cancelled
    }

    /// An event that does not fit the state of the order.
    package struct InvalidTransition: UserFacingError, Equatable {
        /// The state that the event met.
        package let from: Status
        /// What came.
        package let event: Event
        /// Always the same.
        package var code: String { "order.invalid-transition" }
        /// Event and state in one sentence.
        package var message: String { "found the event \(event) for an order that is \(from.rawValue)" }
    }

    /// As it was sent.
    package let order: Order
    /// Changed by events alone.
    package private(set) var status = Status.created
    /// Lots.
    package private(set) var filled: Int64 = 0

    /// A new order: created, nothing filled.
    package init(_ order: Order) { self.order = order }

    /// Lots that are not filled.
    package var remaining: Int64 { order.quantity - filled }
    /// Whether the order may still fill.
    package var isWorking: Bool { status == .submitted || status == .partiallyFilled }

    /// Moves the order.
    ///
    /// - Throws: ``InvalidTransition`` for an event that does not fit, or a fill of nothing or of more than remains;
    ///   the state stays.
    package mutating func apply(_ event: Event) throws(InvalidTransition) {
        switch (status, event) {
        case (.created, .denied): status = .denied
        case (.created, .submitted): status = .submitted
        case (.submitted, .cancelled), (.partiallyFilled, .cancelled): status = .cancelled
        case (.submitted, .filled(let quantity)), (.partiallyFilled, .filled(let quantity)):
            guard quantity > 0, quantity <= remaining else { throw InvalidTransition(from: status, event: event) }
            filled += quantity
            status = remaining == 0 ? .filled : .partiallyFilled
        default: throw InvalidTransition(from: status, event: event)
        }
    }
}
