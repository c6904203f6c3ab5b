package import Basics

/// By what measures of a bar or a day are made annual: counted on the calendar.
extension CalendarSpec {
    /// Trading days of a usual year: the median of whole years; 252 in New York, 365 of markets that never close.
    ///
    /// - Complexity: O(days) of the years counted.
    package var daysPerYear: Int { counted(.sessions(1))?.sessions ?? 252 }

    /// Bars of a length in a year: ``daysPerYear`` times the mean number of bars of a session.
    ///
    /// - Complexity: O(days) of the years counted.
    package func barsPerYear(interval: Nanoseconds) -> Double {
        let step = BarStep(interval)
        switch step {
        case .within: return Double(daysPerYear) * (counted(step)?.barsOfSession ?? 0)
        case .sessions(let count): return Double(daysPerYear) / Double(max(1, count))
        case .weeks(let count): return 365.0 / 7 / Double(max(1, count))
        }
    }

    /// The hours of one's own: fixed ones on weekdays that are no holidays.
    var ownHours: @Sendable (CivilDate) -> DayHours? {
        guard case .weekdays(let hours, let holidays) = self else { return { _ in nil } }
        let day = DayHours([hours])
        return { $0.weekday < 5 && !holidays.contains($0) ? day : nil }
    }

    /// Counted over whole years that the calendar knows: the twenty-eight to 2027, after which weekdays repeat, those
    /// of a table, or those that listed holidays span.
    private func counted(_ step: BarStep) -> (sessions: Int, barsOfSession: Double)? {
        var years = 2000...2027, hours = ownHours
        switch self {
        case .named(let name):
            guard let calendar = MarketCalendar.kinds[name] else { return nil }
            hours = calendar.hours
            let first =
                calendar.first.month == 1 && calendar.first.day == 1
                ? calendar.first.year : calendar.first.year + 1
            let end = calendar.last.map { $0.month == 12 && $0.day == 31 ? $0.year : $0.year - 1 } ?? years.upperBound
            guard max(first, years.lowerBound) <= end else { return nil }
            years = max(first, years.lowerBound)...end
        case .weekdays(_, let holidays):
            if let first = holidays.min(), let last = holidays.max() { years = first.year...last.year }
        }
        var sessions: [Int] = [], bars = 0
        for year in years {
            sessions.append(0)
            let start = CivilDate(year: year, month: 1, day: 1).daysSince1970
            for day in start..<CivilDate(year: year + 1, month: 1, day: 1).daysSince1970 {
                guard let hours = hours(CivilDate(daysSince1970: day)) else { continue }
                sessions[sessions.count - 1] += 1
                if case .within(let interval) = step { bars += hours.bars(of: interval) }
            }
        }
        let all = sessions.reduce(0, +)
        guard all > 0 else { return nil }
        return (sessions.sorted()[sessions.count / 2], Double(bars) / Double(all))
    }
}

extension DayHours {
    /// Bars of a length in regular trading.
    fileprivate func bars(of interval: Nanoseconds) -> Int {
        regular.reduce(0) { sum, hours in
            let stretch = SessionInterval(
                open: Int64(hours.open) * 1_000_000_000, close: Int64(hours.close) * 1_000_000_000)
            return sum + stretch.bars(of: interval)
        }
    }
}
