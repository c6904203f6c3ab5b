import Basics

/// Which stamps of an answer begin bars, and why others do not.
///
/// Bars shorter than a day lie on a grid that begins at the open of their session: of the trading periods that the
/// answer lists, else of the hours that it states, else of the first stamps of its days. After a lunch it begins anew,
/// and after another break it may. Bars of a day or longer are one for each day, week, month or quarter of the
/// exchange's calendar.
struct YahooStamps {
    private let rules: YahooChartRules
    private var zone: ExchangeZone
    /// What was concluded, a sentence each.
    private(set) var notes: [String] = []
    private static let day = YahooChartRules.day

    /// Stretches that grids begin with: sessions of the answer, cut at the end of lunch.
    private let sessions: [Range<Nanoseconds>]

    init(_ rules: YahooChartRules) {
        var zone = rules.zone
        sessions = rules.sessions.flatMap { session -> [Range<Nanoseconds>] in
            guard let lunch = rules.lunch(in: session, &zone) else { return [session] }
            return [session.lowerBound..<lunch.upperBound, lunch.upperBound..<session.upperBound]
        }
        (self.rules, self.zone) = (rules, zone)
    }

    /// Why stamps begin no bar; nil for those that do.
    ///
    /// - Parameter times: of all rows, as they stand in the answer.
    /// - Complexity: O(rows · log sessions).
    mutating func faults(_ times: [Nanoseconds]) -> [String?] {
        rules.isIntraday ? grids(times) : periods(times)
    }

    /// Day and time of day on the exchange's wall clock.
    private mutating func clock(_ time: Nanoseconds) -> (day: Int64, time: Int64) {
        let local = zone.local(time), day = YahooChartRules.floor(local, YahooStamps.day)
        return (day, local - day * YahooStamps.day)
    }

    // MARK: - A day or longer

    private mutating func periods(_ times: [Nanoseconds]) -> [String?] {
        var faults = [String?](repeating: nil, count: times.count), kept: [Int64] = [], last: Nanoseconds?
        var lastPeriod: Int64?
        for row in times.indices {
            let here = clock(times[row]), period = rules.period(ofDay: here.day)
            if let last, times[row] <= last { continue }
            if let lastPeriod, period == lastPeriod {
                faults[row] = "its \(rules.periodName) has a bar already"
            } else if row == times.count - 1, times[row] == rules.liveTime {
                faults[row] = "it is the time of the last trade, no session's open"
            } else if row == times.count - 1, kept.count >= 2, let usual = kept.last,
                kept.suffix(20).allSatisfy({ $0 == usual }), here.time != usual
            {
                // Sessions open at the same time of day, or nearly always.
                faults[row] = "its time of day is not that of the other bars"
            } else {
                kept.append(here.time)
                (last, lastPeriod) = (times[row], period)
            }
        }
        return faults
    }

    // MARK: - Within a day

    /// What the grid of a stamp begins with.
    private enum Owner: Hashable {
        case session(Int)
        /// A local day without a session in the answer, before and after its lunch.
        case day(Int64, isAfternoon: Bool)
        /// Of a day with sessions, in none of them.
        case outside
    }

    private mutating func grids(_ times: [Nanoseconds]) -> [String?] {
        var faults = [String?](repeating: nil, count: times.count)
        var days: Set<Int64> = []
        for session in sessions {
            days.insert(clock(session.lowerBound).day)
            days.insert(clock(session.upperBound - 1).day)
        }
        let usual = usualOpen(times)
        let owners = times.map { owner($0, days, usual) }
        var start = 0
        while start < times.count {
            var end = start + 1
            while end < times.count, owners[end] == owners[start] { end += 1 }
            switch owners[start] {
            case .outside:
                for row in start..<end { faults[row] = "it stands outside all sessions of the answer" }
            case .session(let index):
                fit(times, start..<end, sessions[index].lowerBound, &faults)
            case .day(let day, isAfternoon: true):
                fit(times, start..<end, rules.lunch(ofDay: day, &zone)?.upperBound ?? times[start], &faults)
            case .day(let day, isAfternoon: false):
                fit(times, start..<end, zone.utc(day * YahooStamps.day + usual), &faults)
            }
            start = end
        }
        if let last = times.indices.last, faults[last] == nil, case .day(let day, _) = owners[last] {
            faults[last] = loneQuote(times, last, day)
        }
        return faults
    }

    private mutating func owner(_ time: Nanoseconds, _ days: Set<Int64>, _ open: Int64) -> Owner {
        var low = 0, high = sessions.count
        while low < high {
            let middle = (low + high) / 2
            if sessions[middle].lowerBound <= time { low = middle + 1 } else { high = middle }
        }
        // Sessions overlap rarely; the one that began last counts.
        if low > 0, sessions[low - 1].contains(time) { return .session(low - 1) }
        let day = clock(time).day
        if days.contains(day) { return .outside }
        guard let lunch = rules.lunch(ofDay: day, &zone), zone.utc(day * YahooStamps.day + open) < lunch.lowerBound
        else {
            return .day(day, isAfternoon: false)
        }
        return .day(day, isAfternoon: time >= lunch.upperBound)
    }

    /// The time of day at which sessions open that the answer does not list.
    private mutating func usualOpen(_ times: [Nanoseconds]) -> Int64 {
        if let regular = rules.hours { return clock(regular.lowerBound).time }
        var counts: [Int64: (count: Int, row: Int)] = [:], last: Int64?
        for row in times.indices {
            let here = clock(times[row])
            if here.day != last { counts[here.time, default: (0, -row)].count += 1 }
            last = here.day
        }
        return counts.max { ($0.value.count, $0.value.row) < ($1.value.count, $1.value.row) }?.key ?? 0
    }

    /// Finds what lies off the grid of one session.
    private mutating func fit(
        _ times: [Nanoseconds], _ rows: Range<Int>, _ open: Nanoseconds, _ faults: inout [String?]
    ) {
        let interval = rules.interval
        func phase(_ row: Int) -> Int64 {
            let distance = times[row].saturatingMinus(open)
            return distance - YahooChartRules.floor(distance, interval) * interval
        }
        var counts: [Int64: Int] = [:]
        for row in rows { counts[phase(row), default: 0] += 1 }
        // A few bars of a session that opened late are no live quote; one stamp behind all others may be.
        let isLone = rows.count == 1 && rows.upperBound == times.count && times.count > 1
        let best = counts.max { ($0.value, $0.key == 0 ? 1 : 0, -$0.key) < ($1.value, $1.key == 0 ? 1 : 0, -$1.key) }
        let usual = isLone ? 0 : best?.key ?? 0
        var current = usual, kept: Nanoseconds?
        for row in rows {
            let here = phase(row)
            let isBreak = kept.map { times[row].saturatingMinus($0) > interval } ?? true
            let goesOn = row + 1 < rows.upperBound && times[row + 1].saturatingMinus(times[row]) == interval
            if here != current, here == usual {
                current = usual
            } else if here != current, isBreak, goesOn {
                current = here
                notes.append("the grid of bars begins anew at \(TimeText.utc(times[row])), after a break")
            }
            if here == current {
                kept = times[row]
            } else {
                faults[row] = "it is off the grid that begins at the session's open"
            }
        }
    }

    /// Why the last stamp, of a day without a listed session, is the live quote.
    private mutating func loneQuote(_ times: [Nanoseconds], _ last: Int, _ day: Int64) -> String? {
        if let regular = rules.hours {
            let open = zone.utc(day * YahooStamps.day + clock(regular.lowerBound).time)
            let length = regular.upperBound - regular.lowerBound
            return times[last].saturatingMinus(open) >= length ? "it stands behind the close of the session" : nil
        }
        guard last > 0, clock(times[last - 1]).day != day, let live = rules.liveTime,
            live.saturatingMinus(times[last]).magnitude < rules.interval.magnitude
        else { return nil }
        return "it is the only one of its day, at the time of the last trade"
    }
}
