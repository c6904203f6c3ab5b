import Backtesting
import Basics
import MarketData

/// Making a market in a recorded order book: queue position, partial fills, fees, latency, and a cap on the inventory.
///
/// The action is two numbers: how far out bid and ask are quoted, in half spreads from the middle, less one: 0 joins
/// the best quotes, −0.5 is half-way inside. Prices are rounded away from the middle and never cross. An order that
/// stays at its price keeps its place in the queue. The reward is the change of cash and of the inventory at the
/// middle, after fees, less a penalty on the inventory, in units of a lot times the first half spread. At the end what
/// is left crosses the spread.
package final class BookMarketMaking: Environment {
    package let observationCount = BookWalk.observationCount + 5
    package let actions = ActionSpace.continuous(2, -0.9...6)
    package var longestEpisode: Int { schedule.steps }
    private let schedule: BookSchedule
    /// Lots that may be held.
    private let cap: Int64
    /// Penalty on the square of the lots held, per step.
    private let running: Double
    private var walk: BookWalk
    private var source = 0
    private var done = 0
    private var unit = 1.0
    private var start: Nanoseconds = 0
    private var held = 0.0

    /// - Parameters:
    ///   - cap: largest inventory on either side, in lots.
    ///   - running: penalty on the inventory, per lot squared and step.
    package init(_ schedule: BookSchedule, cap: Int, running: Double) {
        (self.schedule, self.cap, self.running) = (schedule, Int64(cap), running)
        walk = BookWalk(schedule.recordings[0], costs: schedule.costs, limit: self.cap * schedule.lot)
    }

    package var distinctEpisodes: Int? { schedule.isInOrder ? schedule.episodeCount : nil }

    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        let (index, time) = schedule.start(seed: seed)
        if index != source {
            walk = BookWalk(schedule.recordings[index], costs: schedule.costs, limit: cap * schedule.lot)
        }
        (source, start, done, held) = (index, time, 0, 0)
        walk.begin(at: time)
        unit = Double(schedule.lot) * max(walk.spread / 2, 1)
        observe(observation)
    }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        let before = walk.wealth, inventory = walk.simulator.inventory
        quote(1, action[0], isAllowed: inventory + schedule.lot <= cap * schedule.lot)
        quote(-1, action[1], isAllowed: inventory - schedule.lot >= -cap * schedule.lot)
        done += 1
        walk.advance(to: start + schedule.interval * Nanoseconds(done))
        let isOver = done == schedule.steps, left = walk.simulator.inventory
        if isOver, left != 0 { walk.close(left > 0 ? -1 : 1, size: abs(left)) }
        let lots = Double(left) / Double(schedule.lot)
        held += abs(lots) / Double(schedule.steps)
        observe(observation)
        return StepOutcome((walk.wealth - before) / unit - running * lots * lots, isOver ? .terminal : .none)
    }

    private func quote(_ side: Int8, _ action: Float, isAllowed: Bool) {
        guard isAllowed else { return walk.withdraw(side) }
        let distance = Double(1 + min(max(action, -0.9), 6)) * walk.spread / 2, tick = Double(schedule.tick),
            book = walk.book
        // Away from the middle, but never to where it would cross.
        let wanted =
            side > 0
            ? ((walk.mid - distance) / tick).rounded(.down) * tick : ((walk.mid + distance) / tick).rounded(.up) * tick
        let price =
            side > 0
            ? min(Int64(saturating: wanted), book.askPrice(0) - schedule.tick)
            : max(Int64(saturating: wanted), book.bidPrice(0) + schedule.tick)
        walk.quote(side, price: price, size: schedule.lot)
    }

    private func observe(_ observation: UnsafeMutablePointer<Float>) {
        walk.observe(observation)
        let own = observation + BookWalk.observationCount
        own[0] = Float(2 * Double(done) / Double(schedule.steps) - 1)
        own[1] = Float(walk.simulator.inventory) / Float(cap * schedule.lot)
        own[2] = queue(1)
        own[3] = queue(-1)
        own[4] = Float(BookWalk.limited((Double(walk.simulator.makerShares) / Double(schedule.lot)) / 10))
    }

    /// 1 without a queue in front, 0 without an order.
    private func queue(_ side: Int8) -> Float {
        guard let order = walk.simulator.order(side) else { return 0 }
        return Float(schedule.lot) / Float(schedule.lot + (order.ahead ?? 10 * schedule.lot))
    }

    package var state: [UInt64] {
        get {
            var words = StateWords()
            for value in [source, done, Int(start)] { words.write(value) }
            words.write(unit)
            words.write(held)
            return words.words + walk.words
        }
        set {
            guard newValue.count == 5 + BookWalk.wordCount else { return }
            var words = StateWords(newValue)
            let (source, done, start) = (words.readInt(), words.readInt(), words.readInt())
            guard schedule.recordings.indices.contains(source) else { return }
            (self.source, self.done, self.start) = (source, done, Nanoseconds(start))
            (unit, held) = (words.readDouble(), words.readDouble())
            walk = BookWalk(schedule.recordings[source], costs: schedule.costs, limit: cap * schedule.lot)
            walk.restore(newValue[5...])
        }
    }

    /// Profit and fees in money per lot's half spread, shares that rested and that crossed, in lots, and lots held on
    /// average.
    package var measureNames: [String] { ["profit", "fees", "maker_lots", "taker_lots", "held_lots"] }

    package func measure(into values: UnsafeMutablePointer<Double>) {
        let lot = Double(schedule.lot)
        values[0] = walk.wealth / unit
        values[1] = walk.simulator.fees / unit
        values[2] = Double(walk.simulator.makerShares) / lot
        values[3] = Double(walk.simulator.takerShares) / lot
        values[4] = held
    }

    package var references: [ReferencePolicy] {
        [
            ReferencePolicy("join the best quotes", .naive),
            ReferencePolicy("join, leaning against the inventory", .naive), ReferencePolicy("stay away", .naive),
        ]
    }

    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) {
        let lean = reference == 1 ? 2 * Float(walk.simulator.inventory) / Float(cap * schedule.lot) : 0
        action[0] = reference == 2 ? 6 : max(lean, 0)
        action[1] = reference == 2 ? 6 : max(-lean, 0)
    }
}

extension EnvironmentKind {
    static let bookMarketMaking = EnvironmentKind(
        "book-market-making", "Quoting both sides in recorded order books, in the queues that were there.",
        keys: BookSchedule.keys + ["cap", "running"]
    ) { reader, context in
        let schedule = try BookSchedule(reader, context)
        let cap = try reader.int("cap", default: 5, in: 1...1_000_000),
            running = try reader.double("running", default: 0.01, in: 0...1e9)
        return Plan { BookMarketMaking(schedule, cap: cap, running: running) }
    }
}
