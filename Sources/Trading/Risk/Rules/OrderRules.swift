/// What is wrong with an order whatever the market does.
extension RiskRule {
    static let malformed = RiskRule(.malformed, "quantity and price are above zero, and the instrument is known") {
        $0.order.quantity <= 0 || $0.order.price <= 0 || !$0.isKnown
    }

    static let tick = RiskRule(.tick, "the price is a multiple of the tick") { $0.order.price % $0.limits.tick != 0 }

    static let lot = RiskRule(.lot, "the quantity is a multiple of the lot") { $0.order.quantity % $0.limits.lot != 0 }

    /// A position in an instrument that a newer bundle, or a canary, does not trade may still be closed.
    static let permission = RiskRule(.permission, "the instrument may be traded") {
        !$0.instrument.isPermitted && !$0.onlyReduces
    }
}
