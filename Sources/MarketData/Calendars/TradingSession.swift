package import Basics

/// A stretch of time in which a market trades without a break, in nanoseconds UTC.
package struct SessionInterval: Sendable, Equatable {
    /// The first nanosecond.
    package let open: Nanoseconds
    /// The first nanosecond after it.
    package let close: Nanoseconds

    /// - Precondition: the open is before the close.
    package init(open: Nanoseconds, close: Nanoseconds) {
        self.open = open
        self.close = close
    }

    /// Nanoseconds from open to close.
    package var length: Nanoseconds { close.saturatingMinus(open) }
    /// Whether a time lies in it; the close does not.
    package func contains(_ time: Nanoseconds) -> Bool { time >= open && time < close }

    /// Bars of a length that lie in it, the last one perhaps cut.
    func bars(of interval: Nanoseconds) -> Int { Int(clamping: SessionInterval.up(length, interval)) }

    /// Bars after the one at `time` that begin in it.
    func bars(of interval: Nanoseconds, after time: Nanoseconds) -> Int {
        max(0, Int(clamping: SessionInterval.up(close.saturatingMinus(time), interval)) - 1)
    }

    /// Bars before the one at `time` that end in it.
    func bars(of interval: Nanoseconds, before time: Nanoseconds) -> Int {
        max(0, Int(clamping: SessionInterval.up(time.saturatingMinus(open), interval)))
    }

    /// Whether a bar that starts at `time` shares a moment with it. One may begin before the open: hour bars on the
    /// full hour where the market opens at half past.
    func overlaps(barAt time: Nanoseconds, _ interval: Nanoseconds) -> Bool {
        time < close && time.saturatingPlus(interval) > open
    }

    /// Quotient rounded up.
    private static func up(_ value: Nanoseconds, _ divisor: Nanoseconds) -> Nanoseconds {
        guard divisor > 0 else { return 0 }
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest > 0 ? quotient.saturatingPlus(1) : quotient
    }
}

/// One trading day of a market: the date that it is named by, and when it is open. It may begin on an earlier date, and
/// have breaks.
package struct TradingSession: Sendable, Equatable {
    /// The day that exchanges and vendors file it under.
    package let label: CivilDate
    /// Regular trading, in order, disjoint, at least one.
    package let intervals: [SessionInterval]
    /// Trading before, and auctions that open a stretch.
    package let preMarket: [SessionInterval]
    /// Trading after.
    package let postMarket: [SessionInterval]
    /// Whether it is shorter than usual, as on the day before a holiday.
    package let isShort: Bool

    /// - Precondition: `hours.regular` is not empty.
    init(_ label: CivilDate, _ hours: DayHours, _ zone: inout ExchangeZone) {
        let midnight = Int64(label.daysSince1970).saturatingTimes(86_400)
        var times: [[SessionInterval]] = []
        for list in [hours.regular, hours.pre, hours.post] {
            times.append(
                list.map {
                    SessionInterval(
                        open: zone.utc(midnight.saturatingPlus(Int64($0.open)).saturatingTimes(1_000_000_000)),
                        close: zone.utc(midnight.saturatingPlus(Int64($0.close)).saturatingTimes(1_000_000_000)))
                })
        }
        self.label = label
        (intervals, preMarket, postMarket) = (times[0], times[1], times[2])
        isShort = hours.isShort
    }

    /// The first moment of regular trading.
    package var open: Nanoseconds { intervals.first?.open ?? 0 }
    /// The first moment after regular trading.
    package var close: Nanoseconds { intervals.last?.close ?? 0 }
    /// Nanoseconds of regular trading, without breaks.
    package var length: Nanoseconds { intervals.reduce(0) { $0.saturatingPlus($1.length) } }

    /// Whether a time lies in regular trading.
    package func contains(_ time: Nanoseconds) -> Bool { intervals.contains { $0.contains(time) } }

    /// Whether a time lies in trading before or after, or in an auction.
    package func isExtended(_ time: Nanoseconds) -> Bool {
        preMarket.contains { $0.contains(time) } || postMarket.contains { $0.contains(time) }
    }

    /// Regular trading and what lies around it, in order.
    package var allIntervals: [SessionInterval] {
        (preMarket + intervals + postMarket).sorted { $0.open < $1.open }
    }

    /// Nanoseconds of regular trading from the open to a time; negative before the open, more than ``length`` after the
    /// close, and as at its begin in a break.
    package func elapsed(_ time: Nanoseconds) -> Nanoseconds {
        guard time >= open else { return time.saturatingMinus(open) }
        guard time < close else { return length.saturatingPlus(time.saturatingMinus(close)) }
        var sum: Nanoseconds = 0
        for interval in intervals where time > interval.open {
            sum = sum.saturatingPlus(min(time, interval.close).saturatingMinus(interval.open))
        }
        return sum
    }

    /// −1 at the open, 1 at the close, in whole seconds of trading in between.
    package func timeOfDay(_ time: Nanoseconds) -> Double {
        let length = length / 1_000_000_000
        guard length > 0 else { return 0 }
        let (whole, rest) = elapsed(time).quotientAndRemainder(dividingBy: 1_000_000_000)
        return 2 * Double(rest < 0 ? whole - 1 : whole) / Double(length) - 1
    }

    /// Bars of a length in regular trading, each stretch from its open on.
    package func bars(of interval: Nanoseconds) -> Int {
        intervals.reduce(0) { $0.saturatingPlus($1.bars(of: interval)) }
    }

    /// The stretch that a bar is part of, or nil.
    func stretch(ofBarAt time: Nanoseconds, _ interval: Nanoseconds) -> Int? {
        intervals.firstIndex { $0.overlaps(barAt: time, interval) }
    }

    /// Regular bars after the one at `time`.
    func bars(of interval: Nanoseconds, after time: Nanoseconds) -> Int {
        intervals.reduce(0) { sum, stretch in
            if time < stretch.open, time.saturatingPlus(interval) <= stretch.open {
                return sum.saturatingPlus(stretch.bars(of: interval))
            }
            return time < stretch.close ? sum.saturatingPlus(stretch.bars(of: interval, after: time)) : sum
        }
    }

    /// Regular bars before the one at `time`.
    func bars(of interval: Nanoseconds, before time: Nanoseconds) -> Int {
        intervals.reduce(0) { sum, stretch in
            if time >= stretch.close { return sum.saturatingPlus(stretch.bars(of: interval)) }
            return sum.saturatingPlus(stretch.bars(of: interval, before: time))
        }
    }
}
