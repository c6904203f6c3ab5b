import Basics

/// Labels of book rows, found as their future arrives: each pushed mid-price may finish the label of an earlier one.
///
/// With p the mid-price and k the horizon in events (Zhang et al. 2019; FI-2010; Berti & Kasneci 2025):
///  - `smoothed-future`: l = (mean(pₜ₊₁ … pₜ₊ₖ) − pₜ) / pₜ
///  - `smoothed-both`: l = (m⁺ − m⁻) / m⁻, means of the next k and of the last k mids, t included in the last
///  - `tlob`: the same with means of `smoothing` mids that end at t + k and at t
///  - `triple-barrier`: 1 or −1 for the side whose barrier the mid reaches first within k events, else 0 (López de
///    Prado 2018, ch. 3)
package struct BookLabelStream: Sendable {
    /// What became known of a row.
    package struct Outcome: Sendable, Equatable {
        /// l, or NaN where the past or the future is too short.
        package var move: Double
        /// Mid at the label's end against the mid one event after the decision, as a fraction.
        package var forwardReturn: Double
        /// Mean of the relative spreads at both, in basis points: what a round trip of market orders pays.
        package var spreadBps: Double
    }

    private let label: LabelSpec
    private let horizon: Int
    /// Events before t that a label needs.
    private let past: Int
    private var mids: [Double]
    private var spreads: [Double]
    /// Events since the segment began.
    private var count = 0

    package init(_ label: LabelSpec) {
        self.label = label
        horizon = label.horizon
        past =
            switch label.kind {
            case .smoothedBoth: label.horizon - 1
            case .tlob: label.smoothing - 1
            default: 0
            }
        mids = [Double](repeating: 0, count: past + horizon + 1)
        spreads = mids
    }

    /// Begins a new segment; labels that were under way have no future.
    package mutating func reset() { count = 0 }

    private func mid(_ index: Int) -> Double { mids[index % mids.count] }

    /// Takes the next event's mid-price and spread.
    ///
    /// - Returns: the outcome of the event `horizon` before this one, or nil while there is none.
    package mutating func push(mid: Double, spread: Double) -> Outcome? {
        mids[count % mids.count] = mid
        spreads[count % mids.count] = spread
        count += 1
        let t = count - 1 - horizon
        guard t >= 0 else { return nil }
        let entry = self.mid(t + 1), exit = mid
        let entrySpread = spreads[(t + 1) % spreads.count]
        return Outcome(
            move: t >= past ? move(t) : .nan, forwardReturn: entry > 0 ? exit / entry - 1 : .nan,
            spreadBps: (entrySpread / entry + spread / exit) / 2 * 10_000)
    }

    private func mean(_ range: ClosedRange<Int>) -> Double {
        var sum = 0.0
        for index in range { sum += mid(index) }
        return sum / Double(range.count)
    }

    private func move(_ t: Int) -> Double {
        switch label.kind {
        case .smoothedFuture: return (mean(t + 1...t + horizon) - mid(t)) / mid(t)
        case .smoothedBoth:
            let before = mean(t - horizon + 1...t)
            return (mean(t + 1...t + horizon) - before) / before
        case .tlob:
            let before = mean(t - past...t)
            return (mean(t + horizon - past...t + horizon) - before) / before
        case .tripleBarrier:
            let width = mid(t) * label.barrierBps / 10_000
            for later in t + 1...t + horizon {
                if mid(later) >= mid(t) + width { return 1 }
                if mid(later) <= mid(t) - width { return -1 }
            }
            return 0
        case .profit, .forwardReturn, .given: return .nan
        }
    }
}
