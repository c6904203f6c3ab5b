import Basics

/// When the bars of a chart are over, and could be known.
///
/// A bar shorter than a day is known an interval after its start; a daily one at the close of its own session, by the
/// calendar of the exchange where one is known, else when its day is over; longer ones when their week, month, quarter
/// or year is.
struct YahooPeriods {
    private let rules: YahooChartRules
    private var zone: ExchangeZone
    private var calendar: TradingCalendar?
    private static let day = YahooChartRules.day

    init(_ rules: YahooChartRules) {
        (self.rules, zone) = (rules, rules.zone)
        calendar = rules.calendarName.flatMap { try? TradingCalendar($0) }
    }

    /// When a bar that began then could be known.
    mutating func end(of start: Nanoseconds) -> Nanoseconds {
        if rules.isIntraday { return start.saturatingPlus(rules.interval) }
        let day = YahooChartRules.floor(zone.local(start), YahooPeriods.day)
        switch rules.granularity {
        case "1d": return close(of: day, start) ?? midnight(day + 1)
        case "5d": return midnight(day + 7)
        default: return midnight(rules.nextPeriod(afterDay: day))
        }
    }

    /// Local midnight at which a day begins, in UTC.
    private mutating func midnight(_ day: Int64) -> Nanoseconds { zone.utc(day.saturatingTimes(YahooPeriods.day)) }

    /// When the session of a day closes; nil where no calendar says so, or says that it had closed already.
    private mutating func close(of day: Int64, _ start: Nanoseconds) -> Nanoseconds? {
        let date = CivilDate(daysSince1970: Int(clamping: day))
        guard let session = (try? calendar?.session(of: date)) ?? nil, session.close > start else { return nil }
        // Some indices go on for minutes after the exchange has closed.
        guard !session.isShort, let regular = rules.hours, start == session.open else { return session.close }
        return max(session.close, start.saturatingPlus(regular.upperBound - regular.lowerBound))
    }
}

extension YahooChartRules {
    /// The calendar of exchanges that are known by their zone; nil for currencies, funds and other zones.
    var calendarName: String? { isExchangeTraded ? YahooChartRules.calendars[zoneName] : nil }

    private static let calendars = [
        "America/New_York": "XNYS", "Europe/London": "XLON", "Asia/Kolkata": "XNSE", "Asia/Shanghai": "XSHG",
    ]

    /// Whether sessions are those of a stock exchange.
    private var isExchangeTraded: Bool {
        ["EQUITY", "ETF", "INDEX", nil].contains(kind) && symbol?.contains("=") != true
    }

    /// The first local day of the period behind the one that a day is in.
    func nextPeriod(afterDay day: Int64) -> Int64 {
        let date = CivilDate(daysSince1970: Int(clamping: day))
        func first(ofMonth months: Int) -> Int64 {
            let all = date.year * 12 + date.month - 1 + months
            return Int64(CivilDate(year: all / 12, month: all % 12 + 1, day: 1).daysSince1970)
        }
        return switch granularity {
        case "1wk": day + 7 - (day + 3 - 7 * YahooChartRules.floor(day + 3, 7))
        case "1mo": first(ofMonth: 1)
        // Quarters may begin in any month.
        case "3mo": first(ofMonth: 3)
        case "1y": first(ofMonth: 13 - date.month)
        default: day + 1
        }
    }

    /// Lunch breaks of exchanges by their zone, in nanoseconds after midnight.
    private static let lunches: [String: Range<Int64>] = [
        "Asia/Shanghai": 41_400_000_000_000..<46_800_000_000_000,
        "Asia/Hong_Kong": 43_200_000_000_000..<46_800_000_000_000,
        "Asia/Tokyo": 41_400_000_000_000..<45_000_000_000_000,
    ]

    /// The break of a local day in UTC; nil for exchanges that have none.
    func lunch(ofDay day: Int64, _ zone: inout ExchangeZone) -> Range<Nanoseconds>? {
        guard isExchangeTraded, let lunch = YahooChartRules.lunches[zoneName] else { return nil }
        let midnight = day.saturatingTimes(YahooChartRules.day)
        let start = zone.utc(midnight.saturatingPlus(lunch.lowerBound))
        return start..<max(start, zone.utc(midnight.saturatingPlus(lunch.upperBound)))
    }

    /// The lunch break inside a session; nil where it has none.
    func lunch(in session: Range<Nanoseconds>, _ zone: inout ExchangeZone) -> Range<Nanoseconds>? {
        let day = YahooChartRules.floor(zone.local(session.lowerBound), YahooChartRules.day)
        guard let lunch = lunch(ofDay: day, &zone), session.lowerBound < lunch.lowerBound,
            lunch.upperBound < session.upperBound
        else { return nil }
        return lunch
    }
}
