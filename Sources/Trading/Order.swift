import Basics

package enum Side: String, Sendable, CaseIterable {
    case buy, sell

    /// +1 or −1.
    package var sign: Int64 { self == .buy ? 1 : -1 }
}

/// A limit order; price in units of 10^−priceDecimals, quantity in lots.
package struct Order: Sendable, Equatable {
    package var id: UInt64
    package var instrument: Int
    package var side: Side
    package var quantity: Int64
    package var price: Int64

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
    package enum Status: String, Sendable {
        case created, denied, submitted, partiallyFilled = "partially-filled", filled, cancelled
    }

    package enum Event: Sendable, Equatable {
        case denied
        case submitted
        case filled(Int64)
        case cancelled
    }

    package struct InvalidTransition: UserFacingError, Equatable {
        package let from: Status
        package let event: Event
        package var code: String { "order.invalid-transition" }
        package var message: String { "found the event \(event) for an order that is \(from.rawValue)" }
    }

    package let order: Order
    package private(set) var status = Status.created
    package private(set) var filled: Int64 = 0

    package init(_ order: Order) { self.order = order }

    package var remaining: Int64 { order.quantity - filled }
    package var isWorking: Bool { status == .submitted || status == .partiallyFilled }

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
