import Basics

/// When and how often orders may be sent at all.
extension RiskRule {
    static let halted = RiskRule(.halted, "trading is not halted") { $0.state == .halted }

    static let duplicate = RiskRule(.duplicate, "the same order was not sent a moment ago") { question in
        !question.onlyReduces
            && question.instrument.recent.contains {
                question.time.saturatingMinus($0.time) < question.limits.duplicateWindow
                    && $0.side == question.order.side
                    && $0.quantity == question.order.quantity && $0.price == question.order.price
            }
    }

    /// An order reduces when it stands against the position and all that rests with it does not exceed it.
    static let reducing = RiskRule(.reducing, "in the reducing state the order cannot increase a position") {
        guard $0.state == .reducing else { return false }
        let position = $0.instrument.position
        let increases = position == 0 || (position > 0) == ($0.order.side == .buy)
        return increases || $0.restingOnSide.saturatingPlus($0.order.quantity) > position.magnitude
    }

    static let loss = RiskRule(.loss, "the result since the start is not below the largest loss") {
        $0.profit < 0 && $0.profit.magnitude > $0.limits.maximumLoss.magnitude && !$0.onlyReduces
    }

    static let rate = RiskRule(.rate, "messages do not come faster than the rate, after a burst") {
        $0.tokens < 1 && !$0.onlyReduces
    }
}
