package import Basics

/// What the engine lets through.
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
/// Checks run in the order of ``RiskRule/kinds``, and the first that fails names the reason.
/// The position test is the worst case: position plus everything resting on that side plus the new order. Arithmetic is
/// in integers; a product that overflows is a refusal. Complexity: linear in the open orders of the instrument, which
/// the position limit bounds; the exposure of all instruments is kept, not summed for each order.
package struct RiskEngine: Sendable {
    /// In force for the next order.
    package var limits: RiskLimits
    /// What is let through; halted at boot.
    package private(set) var state = TradingState.halted
    private var tokens: Double
    private var tokenTime: Nanoseconds?
    private var instruments: [RiskInstrument] = []
    private var exposure: Int128 = 0

    /// Boots halted.
    ///
    /// - Parameter names: of all instruments; an order's instrument is a position in this list.
    package init(_ limits: RiskLimits, instruments names: [String]) {
        self.limits = limits
        tokens = limits.burst
        instruments = names.map {
            RiskInstrument(isPermitted: limits.instruments.isEmpty || limits.instruments.contains($0))
        }
    }

    // MARK: What the engine is told

    /// Cancels and fills are taken in every state.
    package mutating func set(_ state: TradingState) { self.state = state }

    /// Takes the price that collars and exposures are measured by.
    ///
    /// - Parameter time: when it was known; the engine refuses orders on an older one than the limits allow.
    package mutating func reference(_ instrument: Int, price: Int64, time: Nanoseconds) {
        change(instrument) { ($0.referencePrice, $0.referenceTime) = (price, time) }
    }

    /// Every change of what an instrument stands for goes through here, which keeps the exposure of all.
    private mutating func change(_ instrument: Int, _ body: (inout RiskInstrument) -> Void) {
        exposure -= instruments[instrument].exposure
        body(&instruments[instrument])
        exposure += instruments[instrument].exposure
    }

    /// Takes over a position from an engine with other limits.
    package mutating func restore(position: Int64, instrument: Int) { change(instrument) { $0.position = position } }
    /// Takes over an order at the exchange from an engine with other limits.
    package mutating func restore(resting order: Order) { change(order.instrument) { $0.resting.append(order) } }

    /// Books a fill.
    ///
    /// - Parameter isDone: whether nothing of the order is left.
    package mutating func filled(_ order: Order, quantity: Int64, isDone: Bool) {
        change(order.instrument) { instrument in
            instrument.position = instrument.position.saturatingPlus(quantity.saturatingTimes(order.side.sign))
            guard let index = instrument.resting.firstIndex(where: { $0.id == order.id }) else { return }
            instrument.resting[index].quantity = instrument.resting[index].quantity.saturatingMinus(quantity)
            if isDone { instrument.resting.remove(at: index) }
        }
    }

    /// A cancel is never refused, but it consumes a message token; the bucket may go below zero.
    package mutating func cancelled(_ order: Order, time: Nanoseconds) {
        refill(time)
        tokens -= 1
        change(order.instrument) { $0.resting.removeAll { $0.id == order.id } }
    }

    /// Lots; negative when short.
    package func position(_ instrument: Int) -> Int64 { instruments[instrument].position }
    /// Messages that may still be sent at the time of the last event.
    package var tokensLeft: Double { tokens }
    /// Orders at the exchange, in the order they were accepted.
    package func resting(_ instrument: Int) -> [Order] { instruments[instrument].resting }

    private mutating func refill(_ time: Nanoseconds) {
        if let last = tokenTime {
            tokens = min(
                limits.burst, tokens + Double(max(0, time.saturatingMinus(last))) * 1e-9 * limits.ordersPerSecond)
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
        let window = limits.duplicateWindow
        change(order.instrument) {
            $0.resting.append(order)
            $0.recent.removeAll { time.saturatingMinus($0.time) >= window }
            $0.recent.append((time, order.side, order.quantity, order.price))
        }
        return nil
    }

    private func reason(_ order: Order, time: Nanoseconds, profit: Int64) -> RiskReason? {
        let question = RiskQuestion(
            order: order, time: time, profit: profit, limits: limits, state: state, tokens: tokens,
            instruments: instruments, exposure: exposure)
        for (reason, refuses) in RiskRule.inOrder where refuses(question) { return reason }
        return nil
    }
}
