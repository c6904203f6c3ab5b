import Backtesting
import Basics
import MarketData

/// Buying or selling a number of lots in a recorded order book by a deadline.
///
/// Actions: wait; join the best quote of one's side; improve it by a tick; cross the spread with one lot. What is left
/// at the end crosses. The reward is the price against the middle at the start, in half spreads of then, over the
/// whole: minus the implementation shortfall. Buying or selling follows from the episode.
package final class BookExecution: Environment {
    package let observationCount = BookWalk.observationCount + 4
    package let actions = ActionSpace.discrete(4)
    package var longestEpisode: Int { schedule.steps }
    private let schedule: BookSchedule
    private let lots: Int64
    private var walk: BookWalk
    private var source = 0
    private var done = 0
    private var start: Nanoseconds = 0
    private var side: Int8 = 1
    private var arrival = 0.0
    private var unit = 1.0

    /// - Parameter lots: to be bought or sold in an episode.
    package init(_ schedule: BookSchedule, lots: Int) {
        (self.schedule, self.lots) = (schedule, Int64(lots))
        walk = BookWalk(schedule.recordings[0], costs: schedule.costs, limit: self.lots * schedule.lot)
    }

    package var distinctEpisodes: Int? { schedule.isInOrder ? 2 * schedule.episodeCount : nil }

    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        // Every stretch is bought and sold in.
        let (index, time) = schedule.start(seed: schedule.isInOrder ? seed / 2 : seed)
        if index != source {
            walk = BookWalk(schedule.recordings[index], costs: schedule.costs, limit: lots * schedule.lot)
        }
        (source, start, done, side) = (index, time, 0, seed % 2 == 0 ? 1 : -1)
        walk.begin(at: time)
        arrival = walk.mid
        unit = Double(lots * schedule.lot) * max(walk.spread / 2, 1)
        observe(observation)
    }

    /// Shares still to trade.
    private var left: Int64 { lots * schedule.lot - abs(walk.simulator.inventory) }
    /// Money against the middle at the start, for what was traded.
    private var earned: Double { walk.simulator.cash + Double(walk.simulator.inventory) * arrival }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        let before = earned, book = walk.book, best = side > 0 ? book.bidPrice(0) : book.askPrice(0),
            other = side > 0 ? book.askPrice(0) : book.bidPrice(0)
        let size = min(schedule.lot, left)
        switch Int(saturating: action[0]) {
        case 1: walk.quote(side, price: best, size: size)
        case 2:
            let inside = best + Int64(side) * schedule.tick
            walk.quote(side, price: (side > 0 ? inside < other : inside > other) ? inside : best, size: size)
        case 3: walk.quote(side, price: other, size: size)
        default: walk.withdraw(side)
        }
        done += 1
        walk.advance(to: start + schedule.interval * Nanoseconds(done))
        let isLast = done == schedule.steps
        if isLast, left > 0 { walk.close(side, size: left) }
        observe(observation)
        return StepOutcome((earned - before) / unit, isLast || left <= 0 ? .terminal : .none)
    }

    private func observe(_ observation: UnsafeMutablePointer<Float>) {
        walk.observe(observation)
        // Seen from the own side: what is good for a buyer looks the same to a seller.
        for k in 1..<BookWalk.observationCount { observation[k] *= Float(side) }
        let own = observation + BookWalk.observationCount, order = walk.simulator.order(side)
        own[0] = Float(2 * Double(done) / Double(schedule.steps) - 1)
        own[1] = Float(left) / Float(lots * schedule.lot)
        own[2] = order.map { Float(schedule.lot) / Float(schedule.lot + ($0.ahead ?? 10 * schedule.lot)) } ?? 0
        own[3] = Float(BookWalk.limited((walk.mid - arrival) * Double(side) * Double(lots * schedule.lot) / unit / 5))
    }

    package var state: [UInt64] {
        get {
            var words = StateWords()
            for value in [source, done, Int(start), Int(side)] { words.write(value) }
            words.write(arrival)
            words.write(unit)
            return words.words + walk.words
        }
        set {
            guard newValue.count == 6 + BookWalk.wordCount else { return }
            var words = StateWords(newValue)
            let (source, done, start, side) = (words.readInt(), words.readInt(), words.readInt(), words.readInt())
            guard schedule.recordings.indices.contains(source) else { return }
            (self.source, self.done, self.start, self.side) = (source, done, Nanoseconds(start), side > 0 ? 1 : -1)
            (arrival, unit) = (words.readDouble(), words.readDouble())
            walk = BookWalk(schedule.recordings[source], costs: schedule.costs, limit: lots * schedule.lot)
            walk.restore(newValue[6...])
        }
    }

    package var measureNames: [String] { ["maker_share", "fees", "steps"] }

    package func measure(into values: UnsafeMutablePointer<Double>) {
        values[0] = Double(walk.simulator.makerShares) / Double(lots * schedule.lot)
        values[1] = walk.simulator.fees / unit
        values[2] = Double(done)
    }

    package var references: [ReferencePolicy] {
        [
            ReferencePolicy("equal lots across the spread", .naive), ReferencePolicy("all at once", .naive),
            ReferencePolicy("join and wait", .naive),
        ]
    }

    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) {
        switch reference {
        case 0:
            // A lot whenever the clock says that one more is due.
            let due = Int64(saturating: (Double(done + 1) / Double(schedule.steps) * Double(lots)).rounded(.up))
            action[0] = lots * schedule.lot - left < due * schedule.lot ? 3 : 0
        case 1: action[0] = 3
        default: action[0] = 1
        }
    }
}

extension EnvironmentKind {
    static let bookExecution = EnvironmentKind(
        "book-execution", "Selling lots in recorded order books, in the queues that were there.",
        keys: BookSchedule.keys + ["lots"]
    ) { reader, context in
        let schedule = try BookSchedule(reader, context)
        let lots = try reader.int("lots", default: 10, in: 1...1_000_000)
        return Plan { BookExecution(schedule, lots: lots) }
    }
}
