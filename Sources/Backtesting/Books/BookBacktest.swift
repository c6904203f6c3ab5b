package import Basics
import MarketData
package import Trading

/// Trades predictions in a recorded order book, with our orders in its queues.
///
/// When flat, a prediction that the rule likes sends one order of the rule's quantity: `take` crosses the spread,
/// `join` stands behind the best price of its own side and is withdrawn after `patience` events. A position is held for
/// the rule's count of predictions, then sold by crossing. Everything that the simulator does not model (our impact on
/// others) is not modelled here either.
package struct BookBacktest: Sendable {
    /// How a position is opened: by crossing the spread, or from the queue at the best own price.
    package enum Entry: String, Sendable, CaseIterable {
        case take, join
    }

    /// What the rule did in one book, or in several added up.
    package struct Result: Sendable, Equatable {
        /// Predictions that were looked at.
        package var signals = 0
        /// Orders sent to open a position.
        package var orders = 0
        /// Positions that were opened and closed.
        package var trades = 0
        /// Closed positions that earned something after fees.
        package var winningTrades = 0
        /// Orders that were withdrawn without a share filled.
        package var missed = 0
        /// Shares filled from the queue, entries and exits; rounded to whole ones where sizes have decimals.
        package var makerShares: Int64 = 0
        /// Shares filled by crossing the spread.
        package var takerShares: Int64 = 0
        /// In currency: what the positions earned, fees included, and the fees alone (negative for rebates).
        package var profit = 0.0
        /// Fees alone, in currency; negative for rebates.
        package var fees = 0.0
        /// Of every closed position, after fees, in basis points of what was paid for it.
        package var tradeBps: [Double] = []

        /// Nothing traded.
        package init() {}

        /// Mean of ``tradeBps``; nil without a closed position.
        package var meanTradeBps: Double? { tradeBps.isEmpty ? nil : tradeBps.reduce(0, +) / Double(tradeBps.count) }
        /// Share of closed positions that earned something after fees; nil without one.
        package var hitRate: Double? { trades > 0 ? Double(winningTrades) / Double(trades) : nil }

        /// Adds the result of another book.
        mutating package func add(_ other: Result) {
            signals += other.signals
            orders += other.orders
            trades += other.trades
            winningTrades += other.winningTrades
            missed += other.missed
            makerShares += other.makerShares
            takerShares += other.takerShares
            profit += other.profit
            fees += other.fees
            tradeBps += other.tradeBps
        }
    }

    /// One prediction: when it was known, and its score.
    package struct Signal: Sendable, Equatable {
        /// When the prediction was known.
        package var time: Nanoseconds
        /// What the model says; the rule reads it.
        package var score: Double

        /// A prediction that was known at a time.
        package init(time: Nanoseconds, score: Double) { (self.time, self.score) = (time, score) }
    }

    private let rule: PositionRule
    private let costs: QueueSimulator.Costs
    private let entry: Entry
    private let patience: Int
    /// Currency of one unit of the book's prices.
    private let unit: Double
    /// Units of the book's sizes that one share has.
    private let share: Int64

    /// A backtest of one rule in one book.
    ///
    /// - Parameters:
    ///   - patience: events that an order of `join` waits for its first share.
    ///   - unit: currency of one unit of the book's prices.
    ///   - sizeDecimals: of the book's sizes.
    package init(
        rule: PositionRule, costs: QueueSimulator.Costs, entry: Entry, patience: Int, unit: Double,
        sizeDecimals: Int = 0
    ) {
        (self.rule, self.costs, self.entry, self.patience, self.unit) = (rule, costs, entry, patience, unit)
        share = (0..<min(max(sizeDecimals, 0), 18)).reduce(1) { power, _ in power * 10 }
    }

    private func shares(_ size: Int64) -> Int64 { (size.saturatingPlus(share / 2)) / share }

    /// What is under way between flat and flat again.
    private struct Position {
        var direction: Int8
        var sentAt: Int
        var cashBefore: Double
        /// Predictions since the first share was filled; nil before.
        var held: Int?
        /// Most shares held.
        var largest: Int64 = 0
        var paid = 0.0
        var isLeaving = false
    }

    /// - Parameter signals: in order of time, of this book's instrument. O(events + signals).
    package func run(_ book: BookRecording, signals: [Signal]) -> Result {
        var simulator = QueueSimulator(costs: costs), result = Result(), open: Position?, next = 0
        guard let first = signals.first, book.count > 1 else { return result }
        let start = max(book.first(at: first.time), 1)
        for index in start..<book.count {
            let event = book.event(index)
            simulator.apply(event, before: book.event(index - 1))
            // The last event of a moment is when its prediction is known.
            let isLast = index + 1 == book.count || book.time(index + 1) > event.time
            var signal: Signal?
            while isLast, next < signals.count, signals[next].time <= event.time {
                signal = signals[next]
                next += 1
                result.signals += 1
                if open?.held != nil { open?.held? += 1 }
            }
            if open != nil { follow(&open, index: index, event: event, &simulator, &result) }
            // Not on the last prediction: there is none left to hold a position for.
            if open == nil, let signal, next < signals.count {
                open = enter(signal, index: index, event: event, &simulator, &result)
            }
        }
        // What is still held is sold at the shown prices, again and again where it is more than is shown.
        if simulator.inventory != 0 {
            let last = book.event(book.count - 1), side: Int8 = simulator.inventory > 0 ? -1 : 1
            while case let held = Int64(simulator.inventory.magnitude), held > 0,
                simulator.take(side, size: held, limit: nil, book: last) < held
            {}
            if let position = open, simulator.inventory == 0 { close(position, simulator, &result) }
        }
        result.makerShares = shares(simulator.makerShares)
        result.takerShares = shares(simulator.takerShares)
        result.fees = simulator.fees * unit / Double(share)
        result.profit = simulator.cash * unit / Double(share)
        return result
    }

    private func enter(
        _ signal: Signal, index: Int, event: BookEvent, _ simulator: inout QueueSimulator, _ result: inout Result
    ) -> Position? {
        let direction = Int8(rule.direction(signal.score))
        guard direction != 0, event.isTwoSided else { return nil }
        let own = direction > 0 ? event.bidPrice(0) : event.askPrice(0),
            far = direction > 0 ? event.askPrice(0) : event.bidPrice(0)
        simulator.quote(
            direction, price: entry == .take ? far : own, size: rule.quantity.saturatingTimes(share), now: event.time)
        result.orders += 1
        return Position(direction: direction, sentAt: index, cashBefore: simulator.cash)
    }

    private func follow(
        _ open: inout Position?, index: Int, event: BookEvent, _ simulator: inout QueueSimulator, _ result: inout Result
    ) {
        guard var position = open else { return }
        defer { if open != nil { open = position } }
        let held = Int64(simulator.inventory.magnitude)
        if held > position.largest {
            position.largest = held
            position.paid = abs(simulator.cash - position.cashBefore)
            if position.held == nil { position.held = 0 }
        }
        if position.isLeaving {
            guard held > 0 else {
                close(position, simulator, &result)
                open = nil
                return
            }
            leave(event, &simulator)
        } else if let since = position.held, since >= rule.holdBars {
            position.isLeaving = true
            // An entry that is not all filled goes: it would open what is being closed.
            simulator.withdraw(position.direction, now: event.time)
            leave(event, &simulator)
        } else if position.held == nil, index - position.sentAt >= patience {
            if !simulator.isWaiting(position.direction) { simulator.withdraw(position.direction, now: event.time) }
            // The withdrawal takes its time as well; only when no order is left is the position known to be none.
            if simulator.order(position.direction) == nil, !simulator.isWaiting(position.direction), held == 0 {
                result.missed += 1
                open = nil
            }
        }
    }

    /// Crosses the spread to where the other side stands now; an order that was outrun is sent again.
    private func leave(_ event: BookEvent, _ simulator: inout QueueSimulator) {
        guard event.isTwoSided, simulator.inventory != 0 else { return }
        let side: Int8 = simulator.inventory > 0 ? -1 : 1
        guard !simulator.isWaiting(side) else { return }
        simulator.quote(
            side, price: side > 0 ? event.askPrice(0) : event.bidPrice(0), size: Int64(simulator.inventory.magnitude),
            now: event.time)
    }

    private func close(_ position: Position, _ simulator: QueueSimulator, _ result: inout Result) {
        let profit = simulator.cash - position.cashBefore
        result.trades += 1
        if profit > 0 { result.winningTrades += 1 }
        if position.paid > 0 { result.tradeBps.append(profit / position.paid * 10_000) }
    }
}
