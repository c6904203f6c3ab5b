package import Basics

/// Bars that the sessions of an answer promise and that it does not have.
package struct YahooGaps: Sendable, Equatable {
    /// A session, or for longer bars a day, week or month, that lacks bars.
    package struct Session: Sendable, Equatable {
        /// Its day on the exchange's calendar.
        package let date: CivilDate
        /// Bars that it would have.
        package let expected: Int
        /// Of these the ones that are not there.
        package let missing: Int
    }

    /// What says which bars there would be; nil where there is no bar at all.
    package private(set) var basis: String?
    /// Bars from the first session to the last.
    package private(set) var expected = 0
    /// Of these the ones that are not there.
    package private(set) var missing = 0
    /// Sessions that lack bars, in order; the first of them.
    package private(set) var sessions: [Session] = []
    /// All sessions that lack bars.
    package private(set) var incomplete = 0
    /// Sessions that are listed.
    package static let listed = 100

    /// Of no bar.
    package init() {}

    /// - Parameter times: of the bars, in order.
    /// - Complexity: O(bars + sessions).
    init(_ times: [Nanoseconds], _ rules: YahooChartRules) throws {
        guard let first = times.first, let last = times.last else { return }
        if rules.isIntraday {
            try within(times, first, last, rules)
        } else {
            periods(times, first, last, rules)
        }
    }

    private mutating func add(_ date: CivilDate, expected count: Int, missing lack: Int) {
        expected = expected.saturatingPlus(count)
        missing = missing.saturatingPlus(lack)
        guard lack > 0 else { return }
        incomplete += 1
        if sessions.count < YahooGaps.listed {
            sessions.append(Session(date: date, expected: count, missing: lack))
        }
    }

    /// One line for people; nil where nothing is missing.
    package var text: String? {
        guard missing > 0, let basis else { return nil }
        let some = sessions.prefix(3).map { "\($0.date) (\($0.missing) of \($0.expected))" }.joined(separator: ", ")
        let more = incomplete > 3 ? ", …" : ""
        return "\(missing) of \(expected) bars are missing, by \(basis): \(some)\(more)"
    }

    // MARK: - A day or longer

    private mutating func periods(
        _ times: [Nanoseconds], _ first: Nanoseconds, _ last: Nanoseconds, _ rules: YahooChartRules
    ) {
        var zone = rules.zone
        let days = times.map { YahooChartRules.floor(zone.local($0), YahooChartRules.day) }
        guard let from = days.first, let to = days.last, from <= to else { return }
        let present = Set(days.map(rules.period))
        if rules.periodName != "day" {
            basis = "the calendar's \(rules.periodName)s"
            // Quarters may begin in any month; a first day stands for each.
            var seen: Set<Int64> = []
            for day in from...to where seen.insert(rules.period(ofDay: day)).inserted {
                add(
                    CivilDate(daysSince1970: Int(day)), expected: 1,
                    missing: present.contains(rules.period(ofDay: day)) ? 0 : 1)
            }
            return
        }
        let isDaily = rules.granularity == "1d",
            dates = (CivilDate(daysSince1970: Int(from)), CivilDate(daysSince1970: Int(to)))
        guard isDaily else {
            basis = nil
            return
        }
        if let name = rules.calendarName, var calendar = try? TradingCalendar(name),
            let found = try? calendar.sessions(from: dates.0, to: dates.1)
        {
            basis = "the calendar \(name)"
            for session in found {
                add(session.label, expected: 1, missing: present.contains(Int64(session.label.daysSince1970)) ? 0 : 1)
            }
            return
        }
        let isEveryDay =
            rules.kind == "CRYPTOCURRENCY" || present.contains { CivilDate(daysSince1970: Int($0)).weekday > 4 }
        basis = isEveryDay ? "the days of the week" : "the weekdays, holidays among them"
        for day in from...to {
            let date = CivilDate(daysSince1970: Int(day))
            guard isEveryDay || date.weekday < 5 else { continue }
            add(date, expected: 1, missing: present.contains(day) ? 0 : 1)
        }
    }

    // MARK: - Within a day

    /// Stretches of trading of one day.
    private struct Hours {
        let date: CivilDate
        let stretches: [Range<Nanoseconds>]
    }

    private mutating func within(
        _ times: [Nanoseconds], _ first: Nanoseconds, _ last: Nanoseconds, _ rules: YahooChartRules
    ) throws {
        let hours = hours(times, first, last, rules)
        // The session of the last bar may not be over.
        let end = max(last.saturatingPlus(rules.interval), rules.liveTime ?? .min)
        let isLastOver = rules.liveTime != nil
        var row = 0, lacks: [(date: CivilDate, count: Int, gaps: [Gap])] = []
        for (index, day) in hours.enumerated() {
            var count = 0, gaps: [Gap] = []
            for stretch in day.stretches {
                let cut =
                    index == hours.count - 1 && !isLastOver
                    ? min(stretch.upperBound, end)
                    : min(stretch.upperBound, max(end, stretch.lowerBound))
                while row < times.count, times[row] < stretch.lowerBound { row += 1 }
                var next = stretch.lowerBound
                while row < times.count, times[row] < stretch.upperBound {
                    YahooGaps.note(
                        next, times[row], stretch.lowerBound, rules.interval, isCut: false, &gaps)
                    count += 1
                    next = times[row].saturatingPlus(rules.interval)
                    row += 1
                }
                YahooGaps.note(next, cut, stretch.lowerBound, rules.interval, isCut: true, &gaps)
            }
            lacks.append((day.date, count, gaps))
        }
        // What every session lacks is a break.
        let traded = lacks.filter { $0.count > 0 }
        var times: [Gap: Int] = [:]
        for day in traded { for gap in day.gaps { times[gap, default: 0] += 1 } }
        let breaks =
            traded.count > 1 ? Set(times.filter { $0.value == traded.count && $0.key.isInside }.map(\.key)) : []
        if !breaks.isEmpty { basis = basis.map { "\($0), without the break that all sessions have" } }
        for day in lacks {
            let lack = day.gaps.reduce(0) { breaks.contains($1) ? $0 : $0.saturatingPlus($1.count) }
            add(day.date, expected: day.count.saturatingPlus(lack), missing: lack)
        }
    }

    /// Bars in a row that are not there.
    private struct Gap: Hashable {
        /// From the open of the stretch, in nanoseconds.
        let offset: Int64
        let count: Int
        /// Whether a bar stands before it.
        let isInside: Bool
    }

    private static func note(
        _ next: Nanoseconds, _ found: Nanoseconds, _ open: Nanoseconds, _ interval: Nanoseconds, isCut: Bool,
        _ gaps: inout [Gap]
    ) {
        let length = found.saturatingMinus(next)
        guard length > 0, interval > 0 else { return }
        let (whole, rest) = length.quotientAndRemainder(dividingBy: interval), isInside = next > open
        // The first bar of a session's part may begin late, on a coarser grid: nothing is missing then.
        let count = rest > 0 && (isInside || isCut) ? whole + 1 : whole
        guard count > 0 else { return }
        gaps.append(Gap(offset: next.saturatingMinus(open), count: Int(clamping: count), isInside: isInside))
    }

    private mutating func hours(
        _ times: [Nanoseconds], _ first: Nanoseconds, _ last: Nanoseconds, _ rules: YahooChartRules
    ) -> [Hours] {
        var zone = rules.zone
        func day(_ time: Nanoseconds) -> Int64 { YahooChartRules.floor(zone.local(time), YahooChartRules.day) }
        /// A session without the lunch that the exchange has.
        func parts(_ session: Range<Nanoseconds>) -> [Range<Nanoseconds>] {
            guard let lunch = rules.lunch(in: session, &zone) else { return [session] }
            return [session.lowerBound..<lunch.lowerBound, lunch.upperBound..<session.upperBound]
        }
        let listed = rules.regularSessions.filter { $0.upperBound > first && $0.lowerBound <= last }
        if !listed.isEmpty {
            basis = "the trading periods of the answer"
            return listed.map { Hours(date: CivilDate(daysSince1970: Int(day($0.lowerBound))), stretches: parts($0)) }
        }
        let dates = (CivilDate(daysSince1970: Int(day(first))), CivilDate(daysSince1970: Int(day(last))))
        if let name = rules.calendarName, var calendar = try? TradingCalendar(name),
            let found = try? calendar.sessions(from: dates.0, to: dates.1), !found.isEmpty
        {
            basis = "the calendar \(name)"
            return found.map { session in
                Hours(date: session.label, stretches: session.intervals.map { $0.open..<max($0.open, $0.close) })
            }
        }
        let days = Array(Set(times.map(day))).sorted()
        guard let regular = rules.hours else {
            basis = "the first and the last bar of each day"
            var ends: [Int64: Range<Nanoseconds>] = [:]
            for time in times {
                ends[day(time)] = (ends[day(time)]?.lowerBound ?? time)..<time.saturatingPlus(rules.interval)
            }
            return days.map { Hours(date: CivilDate(daysSince1970: Int($0)), stretches: ends[$0].map(parts) ?? []) }
        }
        basis = "the hours of a session, on the days that have a bar"
        let clock = zone.local(regular.lowerBound) - day(regular.lowerBound) * YahooChartRules.day
        return days.map {
            let open = zone.utc($0 * YahooChartRules.day + clock)
            return Hours(
                date: CivilDate(daysSince1970: Int($0)),
                stretches: parts(open..<open.saturatingPlus(regular.upperBound - regular.lowerBound)))
        }
    }
}
