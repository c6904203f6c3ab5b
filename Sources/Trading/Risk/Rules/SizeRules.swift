import Basics

/// How much one order, one instrument and all together may be. A product that overflows is a refusal.
extension RiskRule {
    static let maximumQuantity = RiskRule(.maximumQuantity, "the quantity is at most the largest of one order") {
        $0.order.quantity > $0.limits.maximumQuantity && !$0.onlyReduces
    }

    static let maximumNotional = RiskRule(.maximumNotional, "price × quantity is at most the largest of one order") {
        guard !$0.onlyReduces else { return false }
        guard let notional = $0.notional else { return true }
        return notional > $0.limits.maximumNotional
    }

    /// The worst case: the position, all that rests on the order's side, and the order.
    static let maximumPosition = RiskRule(.maximumPosition, "the position stays inside the limit if everything fills") {
        let added = $0.restingOnSide.saturatingPlus($0.order.quantity).saturatingTimes($0.order.side.sign)
        let worst = $0.instrument.position.saturatingPlus(added)
        return worst.magnitude > UInt64($0.limits.maximumPosition)
    }

    /// Positions at the reference price and all resting orders at theirs, over all instruments, plus the order.
    static let gross = RiskRule(.gross, "the gross exposure over all instruments stays inside the limit") {
        guard !$0.onlyReduces else { return false }
        guard let notional = $0.notional else { return true }
        return $0.exposure + Int128(notional) > Int128($0.limits.maximumGross)
    }
}
