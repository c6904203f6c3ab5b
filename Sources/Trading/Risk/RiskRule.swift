package import Basics

/// One pre-trade check: what it refuses, and the code that says so.
package struct RiskRule: Sendable {
    /// The code of its refusals.
    package let reason: RiskReason
    let summary: String
    /// Pure; a rule may rely on the rules above it in the table having let the order pass.
    let refuses: @Sendable (RiskQuestion) -> Bool

    init(_ reason: RiskReason, _ summary: String, refuses: @escaping @Sendable (RiskQuestion) -> Bool) {
        (self.reason, self.summary, self.refuses) = (reason, summary, refuses)
    }

    /// All rules in the order of the risk-controls specification, section 3: the first that refuses names the reason.
    ///
    /// An order that can only reduce a position passes those against taking risk: permission, quantity, value,
    /// exposure, loss, rate and duplicates, and still pays its message. A position that a bundle with narrower limits
    /// takes over could not be closed otherwise.
    ///
    /// A new one is a value in a file under `Rules`, a code in ``RiskReason`` and a line here.
    package static let kinds = Kinds<RiskRule>(
        "risk rule",
        [
            .halted, .malformed, .tick, .lot, .permission, .staleReference, .maximumQuantity, .maximumNotional, .collar,
            .duplicate, .reducing, .maximumPosition, .selfTrade, .gross, .loss, .rate,
        ].map { .init($0.reason.rawValue, $0.summary, $0) })

    /// The same without what only people read, which would be carried along for every order.
    static let inOrder: [(reason: RiskReason, refuses: @Sendable (RiskQuestion) -> Bool)] = kinds.entries.map {
        ($0.value.reason, $0.value.refuses)
    }
}

/// An order and everything that rules may look at. Prices in price units (10^−priceDecimals), quantities in lots.
struct RiskQuestion {
    let order: Order
    let time: Nanoseconds
    /// Realised and unrealised result since the start, price units × lots.
    let profit: Int64
    let limits: RiskLimits
    let state: TradingState
    /// Messages that may still be sent now.
    let tokens: Double
    let instruments: [RiskInstrument]
    /// Of all instruments together: positions at the reference price and resting orders at theirs.
    let exposure: Int128

    var isKnown: Bool { instruments.indices.contains(order.instrument) }
    /// The order's instrument; one that may not be traded where the order names none.
    var instrument: RiskInstrument { isKnown ? instruments[order.instrument] : RiskInstrument(isPermitted: false) }
    /// Whether the order cannot but make the position smaller, even if everything that rests on its side fills. Limits
    /// against taking risk let such an order pass, or they would trap a position.
    var onlyReduces: Bool {
        let position = instrument.position
        guard position != 0, (position > 0) == (order.side == .sell), order.quantity > 0 else { return false }
        return restingOnSide.saturatingPlus(order.quantity) <= position.magnitude
    }
    /// Price × quantity, nil where it does not fit.
    var notional: Int64? { order.quantity.times(order.price) }
    /// What rests on the order's side already.
    var restingOnSide: Int64 {
        guard isKnown else { return 0 }
        var sum: Int64 = 0
        for other in instruments[order.instrument].resting where other.side == order.side {
            sum = sum.saturatingPlus(other.quantity)
        }
        return sum
    }
}

/// What the engine remembers of one instrument.
struct RiskInstrument: Sendable {
    var isPermitted: Bool
    var referencePrice: Int64 = 0
    var referenceTime: Nanoseconds = .min
    /// Lots; negative when short.
    var position: Int64 = 0
    /// Orders at the exchange.
    var resting: [Order] = []
    /// Orders that were accepted inside the window for duplicates.
    var recent: [(time: Nanoseconds, side: Side, quantity: Int64, price: Int64)] = []

    /// The position at the reference price and the orders at theirs; O(its orders). Wider than prices and quantities,
    /// and bounded far beyond every limit, so that no sum over orders or instruments overflows.
    var exposure: Int128 {
        resting.reduce(RiskInstrument.value(Int128(position.magnitude), referencePrice)) {
            RiskInstrument.bounded($0 + RiskInstrument.value(Int128($1.quantity), $1.price))
        }
    }

    private static let most = Int128(1) << 96

    private static func value(_ quantity: Int128, _ price: Int64) -> Int128 { bounded(quantity * Int128(price)) }
    private static func bounded(_ value: Int128) -> Int128 { min(max(value, -most), most) }
}
