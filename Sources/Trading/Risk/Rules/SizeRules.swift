/// How much one order, one instrument and all together may be. A product that overflows is a refusal.
extension RiskRule {
    static let maximumQuantity = RiskRule(.maximumQuantity, "the quantity is at most the largest of one order") {
        $0.order.quantity > $0.limits.maximumQuantity
    }

    static let maximumNotional = RiskRule(.maximumNotional, "price × quantity is at most the largest of one order") {
        guard let notional = $0.notional else { return true }
        return notional > $0.limits.maximumNotional
    }

    /// The worst case: the position, all that rests on the order's side, and the order.
    static let maximumPosition = RiskRule(.maximumPosition, "the position stays inside the limit if everything fills") {
        let worst = $0.instrument.position + $0.order.side.sign * ($0.restingOnSide + $0.order.quantity)
        return worst.magnitude > UInt64($0.limits.maximumPosition)
    }

    /// Positions at the reference price and all resting orders at theirs, over all instruments, plus the order.
    static let gross = RiskRule(.gross, "the gross exposure over all instruments stays inside the limit") {
        guard let gross = $0.gross else { return true }
        return gross > $0.limits.maximumGross
    }
}

extension RiskQuestion {
    /// Worst-case gross exposure with the order, or nil where it does not fit. O(open orders).
    fileprivate var gross: Int64? {
        guard var total = notional else { return nil }
        func add(_ quantity: Int64, _ price: Int64) -> Bool {
            let (value, isTooLarge) = quantity.multipliedReportingOverflow(by: price)
            let (sum, overflows) = total.addingReportingOverflow(value)
            total = sum
            return !isTooLarge && !overflows
        }
        for instrument in instruments {
            let held = Int64(clamping: instrument.position.magnitude)
            guard add(held, instrument.referencePrice) else { return nil }
            for order in instrument.resting { guard add(order.quantity, order.price) else { return nil } }
        }
        return total
    }
}
