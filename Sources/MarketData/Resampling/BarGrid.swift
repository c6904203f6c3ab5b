package import Basics

/// The grid that coarser time bars lie on: each stretch of trading is cut from its own open on, its last bar ends at
/// its close. Nothing lies on the grid of the epoch.
///
/// What lies outside regular trading has a grid of its own, too: trading before and after the session from its begin,
/// and what belongs to no trading from the close before it (a closing auction's print), or from midnight.
package struct BarGrid: Sendable {
    /// One bar of the grid.
    package struct Slot: Sendable, Equatable {
        /// The first nanosecond.
        package let start: Nanoseconds
        /// The first nanosecond after it.
        package let end: Nanoseconds
        /// Whether it ends because the stretch does.
        package let isCut: Bool
        /// Whether trading was open, regular or extended.
        package let isTrading: Bool

        /// Whether a time lies in it.
        package func contains(_ time: Nanoseconds) -> Bool { time >= start && time < end }
    }

    /// Length of a bar, shorter than a day.
    package let every: Nanoseconds
    private var calendar: TradingCalendar
    private var last: Slot?

    /// - Precondition: `every` is positive.
    package init(every: Nanoseconds, calendar: TradingCalendar) {
        precondition(every > 0)
        (self.every, self.calendar) = (every, calendar)
    }

    /// The bar that a moment, or a bar of some length that begins there, belongs to. A bar that begins before the open
    /// and reaches beyond it belongs to the first.
    ///
    /// - Throws: ``Failure`` with code `calendar.unknown`.
    /// - Complexity: O(1) in the bar that was last asked for.
    package mutating func slot(of time: Nanoseconds, length: Nanoseconds = 0) throws(Failure) -> Slot {
        if let last, last.isTrading, last.contains(time), time.saturatingPlus(length) <= last.end { return last }
        let slot = try find(time, length)
        last = slot
        return slot
    }

    private mutating func find(_ time: Nanoseconds, _ length: Nanoseconds) throws(Failure) -> Slot {
        var found = try calendar.session(ofBarAt: time, max(length, 1))
        if found == nil { found = try calendar.owner(of: time) }
        guard let session = found else { return slot(time, from: try midnight(before: time), to: .max, false) }
        if let stretch = session.intervals.first(where: { $0.overlaps(barAt: time, max(length, 1)) }) {
            return slot(max(time, stretch.open), from: stretch.open, to: stretch.close, true)
        }
        let all = session.allIntervals
        if let stretch = all.first(where: { $0.contains(time) }) {
            return slot(time, from: stretch.open, to: stretch.close, true)
        }
        let next = all.first { $0.open > time }?.open ?? .max
        let before = all.last { $0.close <= time }?.close
        if let before { return slot(time, from: before, to: next, false) }
        return slot(time, from: try midnight(before: time), to: next, false)
    }

    private func slot(_ time: Nanoseconds, from: Nanoseconds, to: Nanoseconds, _ isTrading: Bool) -> Slot {
        let start = from.saturatingPlus(TradingCalendar.floor(time.saturatingMinus(from), every).saturatingTimes(every))
        let end = start.saturatingPlus(every)
        return Slot(start: start, end: min(end, to), isCut: end >= to, isTrading: isTrading)
    }

    /// Of the calendar's wall clock.
    private mutating func midnight(before time: Nanoseconds) throws(Failure) -> Nanoseconds {
        var zone = calendar.zone
        let day: Nanoseconds = 86_400_000_000_000
        return zone.utc(TradingCalendar.floor(zone.local(time), day).saturatingTimes(day))
    }
}
