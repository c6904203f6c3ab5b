package import Basics

/// The last price of every instrument on each of the market's days.
package struct DayCloses: Sendable, Equatable {
    /// One day of an instrument.
    package struct Row: Sendable, Equatable {
        /// As scored bars number them.
        package var instrument: Int32
        /// Since 1970, in the market's zone.
        package var day: Int32
        /// Start of the day's last bar.
        package var time: Nanoseconds
        /// In the unit of ``ScoredBar/entry``.
        package var price: Double
    }

    /// By instrument, and by day inside each.
    package private(set) var rows: [Row] = []

    /// Without a price.
    package init() {}

    /// Adds a price behind all others of its instrument; a later price of a day takes the earlier one's place.
    package mutating func append(_ price: Double, instrument: Int32, day: Int32, time: Nanoseconds) {
        if let last = rows.last, last.instrument == instrument, last.day == day { rows.removeLast() }
        rows.append(Row(instrument: instrument, day: day, time: time, price: price))
    }

    /// Days on which there is a prediction or a position could be open: those of any strategy on the same bars.
    func days(of bars: [ScoredBar]) -> [Int32] {
        var days = Set(bars.map(\.day))
        let known = Set(rows.map(\.day)).sorted()
        var position = 0
        // Stretches in order of begin, so that every day is looked at once.
        var reached = Int32.min
        for (begin, end) in Set(bars.map { [$0.day, $0.heldUntilDay] }).map({ ($0[0], $0[1]) }).sorted(by: <) {
            while position < known.count, known[position] < max(begin, reached) { position += 1 }
            while position < known.count, known[position] <= end {
                days.insert(known[position])
                position += 1
            }
            reached = max(reached, end)
        }
        // The day of an exit is one even where no close of it is known.
        for bar in bars where bar.heldUntilDay > bar.day { days.insert(bar.heldUntilDay) }
        return days.sorted()
    }
}

/// Values positions that stay overnight at each day's close: what a drawdown and a daily return are of.
struct OvernightMarks {
    /// A position of a back-test.
    struct Position {
        var bar: ScoredBar
        /// 1 or −1.
        var direction: Double
        /// Of the round trip, all charged at the entry.
        var costBps: Double
        /// Of the day on which it is opened.
        var period: Int
        /// A fraction of the whole capital at the begin of that day.
        var stake: Double
        /// What it earns in the end, as a fraction of the stake.
        var net: Double
    }

    private let days: [Int32]
    private let closes: [Int32: [Int32: DayCloses.Row]]

    init(days: [Int32], closes: DayCloses) {
        self.days = days
        self.closes = closes.rows.reduce(into: [:]) { $0[$1.instrument, default: [:]][$1.day] = $1 }
    }

    /// Daily returns in which every open position counts with its value of the day in place of what it will earn.
    ///
    /// - Parameter booked: with all of a position on the day on which it was opened.
    /// - Returns: as many returns, which compound to the same.
    /// - Complexity: O(days + positions · days held).
    func marked(_ booked: [Double], _ positions: [Position]) -> [Double] {
        var capital = [1.0]
        for value in booked { capital.append((capital.last ?? 1) * (1 + value)) }
        var ahead = [Double](repeating: 0, count: booked.count)
        for position in positions {
            let stake = position.stake * capital[position.period]
            // A signal of a day's last bar is acted on at the next day's open: until then nothing is at stake.
            var mark = 0.0
            for period in position.period..<days.count {
                guard days[period] < position.bar.heldUntilDay else { break }
                if let price = price(position.bar, days[period]) {
                    let gross = position.direction * (price / position.bar.entry - 1)
                    mark = max(gross - position.costBps / 10_000, -1)
                }
                ahead[period] += stake * (position.net - mark)
            }
        }
        var before = 1.0
        return booked.indices.map { period in
            let value = max(capital[period + 1] - ahead[period], 0)
            defer { before = value }
            return before > 0 ? value / before - 1 : 0
        }
    }

    /// The close of a day on which a position is open already.
    private func price(_ bar: ScoredBar, _ day: Int32) -> Double? {
        guard bar.entry > 0, let close = closes[bar.instrument]?[day], close.time > bar.time, close.price.isFinite
        else {
            return nil
        }
        return close.price
    }
}
