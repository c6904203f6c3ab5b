import Basics

/// Prices against the reference price and against own orders.
extension RiskRule {
    static let staleReference = RiskRule(.staleReference, "the reference price is there and not too old") {
        let (age, overflows) = $0.time.subtractingReportingOverflow($0.instrument.referenceTime)
        return overflows || age > $0.limits.referenceMaximumAge || $0.instrument.referencePrice <= 0
    }

    /// Buys are bounded from above, sells from below.
    static let collar = RiskRule(.collar, "the price is not further than the collar on the expensive side") {
        let reference = $0.instrument.referencePrice
        let (width, overflows) = reference.multipliedReportingOverflow(by: $0.limits.collarBps)
        if overflows { return true }
        let distance = $0.order.price.saturatingMinus(reference).saturatingTimes($0.order.side.sign)
        return distance > width / 10_000
    }

    static let selfTrade = RiskRule(.selfTrade, "the order does not meet an own order of the other side") { question in
        let order = question.order
        return question.instrument.resting.contains {
            $0.side != order.side && (order.side == .buy ? order.price >= $0.price : order.price <= $0.price)
        }
    }
}
