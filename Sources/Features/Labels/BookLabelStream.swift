import Basics

/// Labels of book rows, found as their future arrives: each pushed mid-price may finish the label of an earlier one.
///
/// What a label is made of is its ``LabelKind``'s; this stream keeps the mids that it may look at: those of the events
/// it needs before the row, and of the `horizon` events after it. Allocates nothing after the start.
package struct BookLabelStream: Sendable {
    /// What became known of a row.
    package struct Outcome: Sendable, Equatable {
        /// The move as a fraction, or NaN where the past or the future is too short.
        package var move: Double
        /// Mid at the label's end against the mid one event after the decision, as a fraction.
        package var forwardReturn: Double
        /// Mean of the relative spreads at both, in basis points: what a round trip of market orders pays.
        package var spreadBps: Double
    }

    private let label: LabelSpec
    /// Events before t that a label needs.
    private let past: Int
    private var mids: MidPrices
    private var spreads: MidPrices
    /// Events since the segment began.
    private var count = 0

    /// - Parameter label: of a kind for books; others have no move.
    package init(_ label: LabelSpec) {
        self.label = label
        past = label.kind.past(label)
        mids = MidPrices(capacity: past + label.horizon + 1)
        spreads = mids
    }

    /// Begins a new segment; labels that were under way have no future.
    package mutating func reset() { count = 0 }

    /// Takes the next event's mid-price and spread.
    ///
    /// - Returns: the outcome of the event `horizon` before this one, or nil while there is none.
    package mutating func push(mid: Double, spread: Double) -> Outcome? {
        mids[count] = mid
        spreads[count] = spread
        count += 1
        let t = count - 1 - label.horizon
        guard t >= 0 else { return nil }
        let entry = mids[t + 1]
        return Outcome(
            move: t >= past ? label.kind.move(label, mids, t) : .nan,
            forwardReturn: entry > 0 ? mid / entry - 1 : .nan,
            spreadBps: (spreads[t + 1] / entry + spread / mid) / 2 * 10_000)
    }
}
