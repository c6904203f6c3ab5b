package import Backtesting
package import Basics
import Foundation
import MarketData

/// What environments on a recorded order book share: where they are in it, our orders, and what is seen of the market.
struct BookWalk {
    let recording: BookRecording
    private(set) var simulator: QueueSimulator
    /// The event that was last, and the last one with a two-sided book: a market without a middle is seen as it was.
    private var at = 0
    private var shown = 0
    private(set) var now: Nanoseconds = 0
    /// Signed size traded since the last decision: bought less sold.
    private var flow = 0.0
    private var traded = 0.0
    private var lastMid = 0.0
    private var slowMid = 0.0

    /// Numbers in ``observe(_:)``.
    static let observationCount = 6

    /// - Parameter limit: most shares held either way.
    init(_ recording: BookRecording, costs: QueueSimulator.Costs, limit: Int64) {
        self.recording = recording
        simulator = QueueSimulator(costs: costs, limit: limit)
    }

    /// A fresh start with the book as it is at a time.
    mutating func begin(at time: Nanoseconds) {
        simulator = QueueSimulator(costs: simulator.costs, limit: simulator.limit)
        at = max(0, recording.first(at: time + 1) - 1)
        now = time
        shown = at
        // A recording begins with a two-sided book.
        while shown > 0, !recording.event(shown).isTwoSided { shown -= 1 }
        (lastMid, slowMid, flow, traded) = (mid, mid, 0, 0)
    }

    var book: BookEvent { recording.event(shown) }
    /// Middle of the last book.
    var mid: Double { Double(book.askPrice(0) + book.bidPrice(0)) / 2 }
    var spread: Double { Double(book.askPrice(0) - book.bidPrice(0)) }
    /// Cash and inventory at the middle.
    var wealth: Double { simulator.cash + Double(simulator.inventory) * mid }

    mutating func quote(_ side: Int8, price: Int64, size: Int64) {
        simulator.quote(side, price: price, size: size, now: now)
    }
    mutating func withdraw(_ side: Int8) { simulator.withdraw(side, now: now) }

    /// Trades at once with what is shown, without latency: for the end, when nothing follows. What is more than shown
    /// trades at the shown prices again, which is too good; lots should be small.
    mutating func close(_ side: Int8, size: Int64) {
        var left = size
        while left > 0 {
            let rest = simulator.take(side, size: left, limit: nil, book: book)
            guard rest < left else { return }
            left = rest
        }
    }

    /// Lets everything happen up to a time.
    mutating func advance(to time: Nanoseconds) {
        lastMid = mid
        (flow, traded) = (0, 0)
        while at + 1 < recording.count, recording.time(at + 1) <= time {
            let before = recording.event(at), event = recording.event(at + 1)
            // Between events of a book that is not two-sided nothing of ours happens.
            if before.isTwoSided, event.isTwoSided { simulator.apply(event, before: before) }
            if event.tradeSign != 0 {
                flow += Double(event.tradeSign) * Double(event.size)
                traded += Double(event.size)
            }
            at += 1
            if event.isTwoSided { shown = at }
        }
        now = time
        slowMid += 0.1 * (mid - slowMid)
    }

    /// The market as it is now, in numbers of the order of one: spread, imbalance of the best and of all levels, trade
    /// flow, fast and slow change of the middle.
    func observe(_ target: UnsafeMutablePointer<Float>) {
        let book = book, half = max(spread / 2, 1)
        let ask = Double(book.askSize(0)), bid = Double(book.bidSize(0))
        var asks = 0.0, bids = 0.0
        for level in 0..<book.levelCount {
            asks += Double(book.askSize(level))
            bids += Double(book.bidSize(level))
        }
        target[0] = Float(log(half / mid * 10_000 + 0.1))
        target[1] = Float((bid - ask) / max(bid + ask, 1))
        target[2] = Float((bids - asks) / max(bids + asks, 1))
        target[3] = traded > 0 ? Float(flow / traded) : 0
        target[4] = Float(BookWalk.limited((mid - lastMid) / half))
        target[5] = Float(BookWalk.limited((mid - slowMid) / half))
    }

    static func limited(_ value: Double) -> Double { min(max(value, -5), 5) }

    // MARK: Checkpoint

    var words: [UInt64] {
        let own =
            [Int64(at), Int64(shown), now].map { UInt64(bitPattern: $0) }
            + [flow, traded, lastMid, slowMid].map(\.bitPattern)
        return own + simulator.words.map { UInt64(bitPattern: $0) }
    }

    static let wordCount = 7 + QueueSimulator.wordCount

    mutating func restore(_ words: ArraySlice<UInt64>) {
        let w = Array(words)
        guard w.count == BookWalk.wordCount, w[0] < UInt64(recording.count), w[1] <= w[0] else { return }
        (at, shown, now) = (Int(w[0]), Int(w[1]), Int64(bitPattern: w[2]))
        (flow, traded, lastMid, slowMid) = (
            Double(bitPattern: w[3]), Double(bitPattern: w[4]), Double(bitPattern: w[5]), Double(bitPattern: w[6])
        )
        simulator.restore(w[7...].map { Int64(bitPattern: $0) }[...])
    }
}

/// Where episodes on recorded books lie, and what trading in them costs.
package struct BookSchedule: Sendable {
    /// The books that are replayed.
    package var recordings: [BookRecording]
    /// Fees and latency of every order.
    package var costs: QueueSimulator.Costs
    /// Between decisions.
    package var interval: Nanoseconds
    /// Decisions in an episode.
    package var steps: Int
    /// Shares of an order.
    package var lot: Int64
    /// Prices are multiples of it.
    package var tick: Int64
    /// Share of every recording, from its start, that is learned on; the rest is measured on.
    package var trainingShare: Double
    /// Whether episodes are those of the measured part, once each and in order.
    package var isInOrder: Bool

    /// A schedule over these books.
    package init(
        recordings: [BookRecording], costs: QueueSimulator.Costs, interval: Nanoseconds, steps: Int, lot: Int64,
        tick: Int64, trainingShare: Double, isInOrder: Bool
    ) {
        (self.recordings, self.costs, self.interval, self.steps) = (recordings, costs, interval, steps)
        (self.lot, self.tick, self.trainingShare, self.isInOrder) = (lot, tick, trainingShare, isInOrder)
    }

    private var length: Nanoseconds { interval * Nanoseconds(steps) }

    private func cut(_ recording: BookRecording) -> Nanoseconds {
        let first = recording.time(0), last = recording.time(recording.count - 1)
        return first + Nanoseconds(saturating: Double(last - first) * trainingShare)
    }

    private func episodes(_ recording: BookRecording) -> Int {
        Int(max(0, recording.time(recording.count - 1) - cut(recording)) / length)
    }

    /// Episodes of the measured parts.
    package var episodeCount: Int { recordings.reduce(0) { $0 + episodes($1) } }

    /// Whether every recording has room for an episode in both parts.
    package var isLongEnough: Bool { recordings.allSatisfy { episodes($0) > 0 && cut($0) - $0.time(0) > length } }

    /// Where the episode of a seed begins. Learning ends where measuring begins: no episode reaches over the cut.
    func start(seed: UInt64) -> (recording: Int, time: Nanoseconds) {
        if isInOrder {
            var episode = Int(seed % UInt64(max(episodeCount, 1)))
            for (index, recording) in recordings.enumerated() {
                if episode < episodes(recording) { return (index, cut(recording) + Nanoseconds(episode) * length) }
                episode -= episodes(recording)
            }
        }
        var random = SeededRandom(seed: seed)
        let index = random.index(below: recordings.count), recording = recordings[index]
        return (
            index,
            recording.time(0)
                + Nanoseconds(saturating: random.uniform() * Double(cut(recording) - length - recording.time(0)))
        )
    }
}
