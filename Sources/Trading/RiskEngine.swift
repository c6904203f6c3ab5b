import Basics

/// Why an order was refused; stable upper-case codes.
package enum RiskReason: String, Sendable, CaseIterable {
    case halted = "HALTED"
    case malformed = "MALFORMED"
    case tick = "TICK"
    case lot = "LOT"
    case permission = "PERMISSION"
    case staleReference = "STALE_REF"
    case maximumQuantity = "MAX_QTY"
    case maximumNotional = "MAX_NOTIONAL"
    case collar = "COLLAR"
    case duplicate = "DUPLICATE"
    case reducing = "REDUCING"
    case maximumPosition = "MAX_POSITION"
    case selfTrade = "SELF_TRADE"
    case gross = "GROSS"
    case loss = "LOSS"
    case rate = "RATE"
}

package enum TradingState: String, Sendable {
    /// Everything is allowed.
    case active = "ACTIVE"
    /// Only orders that cannot increase a position.
    case reducing = "REDUCING"
    /// Cancels only. The state at boot.
    case halted = "HALTED"
}

/// Stands between every decision and the wire. Pure and synchronous: time, prices and fills come in as arguments.
///
/// Checks run in the order of the risk-controls specification, section 3, and the first that fails names the reason.
/// The position test is the worst case: position plus everything resting on that side plus the new order. Arithmetic is
/// in integers; a product that overflows is a refusal. Complexity: linear in open orders, which the position limit
/// bounds.
package struct RiskEngine: Sendable {
    package var limits: RiskLimits
    package private(set) var state = TradingState.halted
    private var tokens: Double
    private var tokenTime: Nanoseconds?
    private var instruments: [Instrument] = []

    private struct Instrument: Sendable {
        var isPermitted: Bool
        var referencePrice: Int64 = 0
        var referenceTime: Nanoseconds = .min
        var position: Int64 = 0
        var resting: [Order] = []
        var recent: [(time: Nanoseconds, side: Side, quantity: Int64, price: Int64)] = []
    }

    package init(_ limits: RiskLimits, instruments names: [String]) {
        self.limits = limits
        tokens = limits.burst
        instruments = names.map {
            Instrument(isPermitted: limits.instruments.isEmpty || limits.instruments.contains($0))
        }
    }

    // MARK: What the engine is told

    package mutating func set(_ state: TradingState) { self.state = state }

    package mutating func reference(_ instrument: Int, price: Int64, time: Nanoseconds) {
        instruments[instrument].referencePrice = price
        instruments[instrument].referenceTime = time
    }

    /// Takes over a position from an engine with other limits.
    package mutating func restore(position: Int64, instrument: Int) { instruments[instrument].position = position }
    package mutating func restore(resting order: Order) { instruments[order.instrument].resting.append(order) }

    package mutating func filled(_ order: Order, quantity: Int64, isDone: Bool) {
        instruments[order.instrument].position += order.side.sign * quantity
        if let index = instruments[order.instrument].resting.firstIndex(where: { $0.id == order.id }) {
            instruments[order.instrument].resting[index].quantity -= quantity
            if isDone { instruments[order.instrument].resting.remove(at: index) }
        }
    }

    /// A cancel is never refused, but it consumes a message token; the bucket may go below zero.
    package mutating func cancelled(_ order: Order, time: Nanoseconds) {
        refill(time)
        tokens -= 1
        instruments[order.instrument].resting.removeAll { $0.id == order.id }
    }

    package func position(_ instrument: Int) -> Int64 { instruments[instrument].position }
    package var tokensLeft: Double { tokens }
    package func resting(_ instrument: Int) -> [Order] { instruments[instrument].resting }

    private mutating func refill(_ time: Nanoseconds) {
        if let last = tokenTime {
            tokens = min(limits.burst, tokens + Double(max(0, time - last)) * 1e-9 * limits.ordersPerSecond)
        }
        tokenTime = max(time, tokenTime ?? time)
    }

    // MARK: The decision

    /// Accepts an order, which then counts as resting, or names the first reason against it.
    ///
    /// - Parameter profit: realised and unrealised result since the start, for the loss limit.
    package mutating func submit(_ order: Order, time: Nanoseconds, profit: Int64 = 0) -> RiskReason? {
        refill(time)
        if let reason = reason(order, time: time, profit: profit) { return reason }
        tokens -= 1
        instruments[order.instrument].resting.append(order)
        instruments[order.instrument].recent.removeAll { time - $0.time >= limits.duplicateWindow }
        instruments[order.instrument].recent.append((time, order.side, order.quantity, order.price))
        return nil
    }

    private func reason(_ order: Order, time: Nanoseconds, profit: Int64) -> RiskReason? {
        if state == .halted { return .halted }
        guard order.quantity > 0, order.price > 0, instruments.indices.contains(order.instrument) else {
            return .malformed
        }
        if order.price % limits.tick != 0 { return .tick }
        if order.quantity % limits.lot != 0 { return .lot }
        let instrument = instruments[order.instrument]
        if !instrument.isPermitted { return .permission }
        let (age, ageOverflows) = time.subtractingReportingOverflow(instrument.referenceTime)
        if ageOverflows || age > limits.referenceMaximumAge || instrument.referencePrice <= 0 { return .staleReference }
        if order.quantity > limits.maximumQuantity { return .maximumQuantity }
        let (notional, overflows) = order.quantity.multipliedReportingOverflow(by: order.price)
        if overflows || notional > limits.maximumNotional { return .maximumNotional }
        if isOutsideCollar(order, reference: instrument.referencePrice) { return .collar }
        if instrument.recent.contains(where: {
            time - $0.time < limits.duplicateWindow && $0.side == order.side && $0.quantity == order.quantity
                && $0.price == order.price
        }) {
            return .duplicate
        }
        let sameSide = instrument.resting.filter { $0.side == order.side }.reduce(Int64(0)) { $0 + $1.quantity }
        let worst = instrument.position + order.side.sign * (sameSide + order.quantity)
        if state == .reducing {
            let increases = instrument.position == 0 || (instrument.position > 0) == (order.side == .buy)
            if increases || sameSide + order.quantity > instrument.position.magnitude { return .reducing }
        }
        if worst.magnitude > UInt64(limits.maximumPosition) { return .maximumPosition }
        if instrument.resting.contains(where: {
            $0.side != order.side && (order.side == .buy ? order.price >= $0.price : order.price <= $0.price)
        }) {
            return .selfTrade
        }
        guard let gross = gross(adding: notional) else { return .gross }
        if gross > limits.maximumGross { return .gross }
        if profit < -limits.maximumLoss { return .loss }
        if tokens < 1 { return .rate }
        return nil
    }

    private func isOutsideCollar(_ order: Order, reference: Int64) -> Bool {
        let (width, overflows) = reference.multipliedReportingOverflow(by: limits.collarBps)
        if overflows { return true }
        return order.side == .buy
            ? (order.price - reference) > width / 10_000 : (reference - order.price) > width / 10_000
    }

    /// Worst-case gross exposure with a new order, or nil when it does not fit.
    private func gross(adding notional: Int64) -> Int64? {
        var total = notional
        for instrument in instruments {
            let (held, a) = Int64(clamping: instrument.position.magnitude).multipliedReportingOverflow(
                by: instrument.referencePrice)
            let (sum, b) = total.addingReportingOverflow(held)
            if a || b { return nil }
            total = sum
            for order in instrument.resting {
                let (value, c) = order.quantity.multipliedReportingOverflow(by: order.price)
                let (next, d) = total.addingReportingOverflow(value)
                if c || d { return nil }
                total = next
            }
        }
        return total
    }
}
