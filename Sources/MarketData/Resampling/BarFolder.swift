package import Basics

/// Bars of a market on their way to coarser bars, one at a time, for one instrument: the same code offline and live.
///
/// A coarse bar is there with the base bar that completes it, and never later. One that lacks more base bars than may
/// be missing, or its last one, is never there: nobody could have known in time that it had ended.
package struct BarFolder: Sendable {
    /// What a base bar did.
    package struct Step: Sendable {
        /// The coarse bar that it completed; its time is the start of its first base bar, or of the grid.
        package var bar: Bar?
        /// Whether nothing of the coarse bars before may be seen from here on.
        package var breaks = false
    }

    private let interval: Nanoseconds
    private let missingBarsAllowed: Int64
    private let limit: BarLimit?
    private let allHours: Bool
    private var grid: BarGrid?
    private var calendar: TradingCalendar
    private var running: RunningBar?
    private var slot: BarGrid.Slot?
    /// Whether the running bar lacks too much to be complete.
    private var isPartial = false
    /// Whether bars begin where they would for whoever saw more of the past.
    private var isInPhase = false
    private var lastTime: Nanoseconds?
    /// Start of the time bar that was dropped last.
    private var dropped: Nanoseconds?
    /// Coarse bars that were begun and are not there, because base bars are missing.
    package private(set) var incomplete = 0
    /// The first bar that cannot be placed: whoever folds must end with this error.
    package private(set) var problem: Failure?

    /// - Parameters:
    ///   - allHours: whether bars outside the regular session are used.
    ///   - missingBarsAllowed: base bars that may be missing between two that follow each other.
    /// - Throws: ``Failure`` with code `features.bars` for a rule that fits no bars of the market.
    package init(
        _ rule: BarRule, market: MarketSpec, allHours: Bool, missingBarsAllowed: Int, priceDecimals: Int,
        volumeDecimals: Int
    ) throws {
        try rule.require(fits: market)
        interval = market.interval
        self.missingBarsAllowed = Int64(clamping: max(0, missingBarsAllowed))
        self.allHours = allHours
        calendar = try TradingCalendar(market)
        limit = BarLimit(rule, priceDecimals: priceDecimals, sizeDecimals: volumeDecimals)
        if case .every(let length) = rule { grid = BarGrid(every: length, calendar: calendar) }
    }

    /// Takes the next base bar that is used. Allocates nothing.
    ///
    /// - Parameter startsSegment: whether nothing of the bars before may be seen, because of a gap or a new session.
    package mutating func push(_ bar: Bar, startsSegment: Bool) -> Step {
        var step = Step(breaks: startsSegment)
        if startsSegment { drop() }
        do {
            if limit == nil { try place(bar, &step, startsSegment) } else { try begin(bar, startsSegment) }
        } catch {
            if problem == nil { problem = error }
            drop()
            step.breaks = true
            return step
        }
        guard var sum = running else { return step }
        guard sum.add(high: bar.high, low: bar.low, close: bar.close, volume: bar.volume) else {
            note("features.bars", "found volumes whose sum fits no 64 bits in the bar at \(TimeText.utc(sum.time))")
            drop()
            step.breaks = true
            return step
        }
        running = sum
        let isComplete = limit?.isReached(sum) ?? (bar.time.saturatingPlus(interval) >= (slot?.end ?? .max))
        guard isComplete else { return step }
        if isPartial {
            drop()
        } else {
            step.bar = Bar(
                time: sum.time, open: sum.open, high: sum.high, low: sum.low, close: sum.close, volume: sum.volume)
        }
        (running, isPartial) = (nil, false)
        return step
    }

    /// What was begun is not there. A gap inside a time bar drops it once, however often it begins.
    private mutating func drop() {
        if running != nil, limit != nil || dropped != slot?.start {
            incomplete = incomplete.saturatingPlus(1)
            dropped = slot?.start
        }
        (running, isPartial) = (nil, false)
    }

    private mutating func note(_ code: String, _ message: String) {
        if problem == nil { problem = Failure(code, message, hint: "make finer bars, or leave these out") }
    }

    /// A time bar: begins a new one where the grid does.
    private mutating func place(_ bar: Bar, _ step: inout Step, _ startsSegment: Bool) throws(Failure) {
        guard var grid else { return }
        let slot = try grid.slot(of: bar.time, length: interval)
        self.grid = grid
        if !slot.isCut, bar.time.saturatingPlus(interval) > slot.end {
            throw Failure(
                "features.bars",
                "found a bar from \(TimeText.utc(bar.time)) of \(Interval.text(interval)), which reaches beyond the "
                    + "bar of \(Interval.text(grid.every)) that ends at \(TimeText.utc(slot.end))",
                hint: "the grid begins at the session's open: take bars that lie on it, or another length")
        }
        if slot.start != self.slot?.start, running != nil {
            // Its last base bar is missing.
            drop()
            step.breaks = true
        }
        self.slot = slot
        guard running == nil else { return }
        running = RunningBar(time: slot.start, price: bar.open)
        // Base bars before this one, which the clock did not count where a segment begins here.
        let missing = max(bar.time, slot.start).saturatingMinus(slot.start) / interval
        isPartial = missing > (startsSegment || step.breaks ? 0 : missingBarsAllowed)
    }

    /// Another bar: begins a new one behind the last.
    private mutating func begin(_ bar: Bar, _ startsSegment: Bool) throws(Failure) {
        if lastTime == nil {
            // Sums begin with the session. Of a stream that begins inside one, the sums of others are not known.
            var session = try calendar.session(ofBarAt: bar.time, interval)
            if session == nil { session = try calendar.owner(of: bar.time) }
            let open = allHours ? session?.allIntervals.first?.open : session?.open
            isInPhase = open.map { bar.time <= $0 } ?? false
        } else if startsSegment {
            isInPhase = true
        }
        lastTime = bar.time
        if isInPhase, running == nil { running = RunningBar(time: bar.time, price: bar.open) }
    }
}

extension BarRule {
    /// - Throws: ``Failure`` with code `features.bars` where bars of the market cannot be made so.
    package func require(fits market: MarketSpec) throws(Failure) {
        func refuse(_ problem: String, hint: String? = nil) -> Failure {
            Failure("features.bars", problem, hint: hint)
        }
        guard !BarStep(market.interval).isDaily, market.interval > 0 else {
            throw refuse(
                "found bars of \(Interval.text(market.interval)), expected bars shorter than a day to make "
                    + "'\(text)' of")
        }
        guard case .every(let length) = self, length % market.interval != 0 else { return }
        throw refuse(
            "found '\(text)' of bars of \(Interval.text(market.interval)), expected a multiple of it",
            hint: "choose a multiple, or the market file of other bars")
    }

    /// Base bars that a number of coarse bars last; nil where that differs from bar to bar.
    package func baseBars(_ count: Int, of interval: Nanoseconds) -> Int? {
        guard case .every(let length) = self, interval > 0 else { return nil }
        return count.saturatingTimes(Int(clamping: length / interval))
    }
}
