import Basics
import Tables

/// What the head of a chart answer says about its stamps and prices.
struct YahooChartRules {
    let granularity: String
    private(set) var notes: [String] = []
    /// Length of a bar; of weeks, months and longer the longest that there is.
    let interval: Nanoseconds
    let isIntraday: Bool
    let zone: ExchangeZone
    let zoneName: String
    /// As the server names the kind of instrument, such as `EQUITY`.
    let kind: String?
    let symbol: String?
    let currency: String?
    /// Decimals that the server shows prices with.
    let priceHint: Int
    /// Hours of the sessions in the answer, in order; empty where it does not say.
    private(set) var sessions: [Range<Nanoseconds>] = []
    /// Of these the regular ones.
    private(set) var regularSessions: [Range<Nanoseconds>] = []
    /// The regular hours of one session, be it in the answer or not.
    let regular: Range<Nanoseconds>?
    /// When the last trade was that the server knows.
    let liveTime: Nanoseconds?
    static let day: Nanoseconds = 86_400_000_000_000

    /// - Throws: ``Failure`` for a granularity or zone that is not known.
    init(_ meta: JSONValue) throws {
        func text(_ key: String) -> String? { meta[key: key]?.stringValue.map(YahooChartRules.clean) }
        granularity = text("dataGranularity") ?? "1d"
        let units: [String: Nanoseconds] = [
            "1d": YahooChartRules.day, "5d": 5 * YahooChartRules.day, "1wk": 7 * YahooChartRules.day,
            "1mo": 31 * YahooChartRules.day, "3mo": 92 * YahooChartRules.day, "1y": 366 * YahooChartRules.day,
        ]
        let short = units[granularity] == nil ? Interval.parse(granularity) : nil
        guard let interval = units[granularity] ?? short, interval > 0 else {
            throw Failure(
                "yahoo.format", "found the unknown granularity '\(granularity)'",
                hint: "the server's format may have changed")
        }
        (self.interval, isIntraday) = (interval, interval < YahooChartRules.day)
        let name = text("exchangeTimezoneName")
        zoneName = name ?? "UTC"
        zone = try ExchangeZone(zoneName)
        (kind, symbol, currency) = (text("instrumentType"), text("symbol"), text("currency"))
        priceHint = meta[key: "priceHint"]?.intValue.map { min(max($0, 0), MarketSpec.mostDecimals) } ?? 0
        liveTime = YahooChartRules.time(meta[key: "regularMarketTime"])
        regular = YahooChartRules.session(meta[path: "currentTradingPeriod.regular"])
        let periods = meta[key: "tradingPeriods"]
        regularSessions = YahooChartRules.sessions(periods?[key: "regular"] ?? periods)
        sessions = regularSessions
        for name in ["pre", "post"] { sessions += YahooChartRules.sessions(periods?[key: name]) }
        sessions.sort { $0.lowerBound < $1.lowerBound }
        note(isZoneSaid: name != nil)
    }

    /// Text of a server without what moves or hides other text, and no longer than a line.
    static func clean(_ text: String) -> String { String(Escaping.terminal(text).prefix(200)) }

    private static func time(_ value: JSONValue?) -> Nanoseconds? {
        value?.intValue.flatMap { $0.magnitude < BarTimeText.endOfTime ? Int64($0) * 1_000_000_000 : nil }
    }

    /// A session of up to two days.
    private static func session(_ value: JSONValue?) -> Range<Nanoseconds>? {
        guard let start = time(value?[key: "start"]), let end = time(value?[key: "end"]), start < end,
            end.saturatingMinus(start) <= 2 * day
        else { return nil }
        return start..<end
    }

    /// One that ends a minute before it has lasted a day lasts that day.
    private static func whole(_ session: Range<Nanoseconds>) -> Range<Nanoseconds> {
        let (start, end) = (session.lowerBound, session.upperBound)
        return start..<(end - start == day - 60_000_000_000 ? start + day : end)
    }

    /// The regular hours of one session as bars fill them.
    var hours: Range<Nanoseconds>? { regular.map(YahooChartRules.whole) }

    private static func sessions(_ periods: JSONValue?) -> [Range<Nanoseconds>] {
        (periods?.listValue ?? []).flatMap { day in (day.listValue ?? [day]).compactMap { session($0).map(whole) } }
            .sorted { $0.lowerBound < $1.lowerBound }
    }

    /// The currency that the chart's is a hundredth of; nil for a whole one.
    static func wholeCurrency(of currency: String) -> String? { HundredthCurrency.wholes[currency] }

    /// How long a session is.
    private var sessionLength: Nanoseconds? { regular.map { $0.upperBound - $0.lowerBound } }

    private mutating func note(isZoneSaid: Bool) {
        if let currency {
            let whole = HundredthCurrency.wholes[currency].map { ", which is a hundredth of \($0)" } ?? ""
            notes.append("prices are in \(currency)\(whole)")
        } else {
            notes.append("the answer does not say the currency")
        }
        if !isZoneSaid { notes.append("the answer does not say the zone: days are those of UTC") }
        switch granularity {
        case _ where isIntraday:
            notes.append("times are the start of bars of \(granularity)")
        case "1d":
            let end =
                calendarName.map { "at the close of its session by the calendar \($0)" }
                ?? "when its day in \(zoneName) is over, as no calendar is known"
            notes.append("times are the open of the session; a bar counts as known \(end)")
        case "5d": notes.append("times are the start of five sessions; a bar counts as known a week later")
        default: notes.append("times are the start of the \(periodName); a bar counts as known when it is over")
        }
    }

    /// When the trading of a bar is over, by the hours of the answer; it may be known later only.
    func lastTrade(of start: Nanoseconds) -> Nanoseconds {
        start.saturatingPlus(granularity == "1d" ? sessionLength ?? interval : interval)
    }

    /// The period of the calendar that a local day is in, for bars of a day or longer: two days of one period have the
    /// same number.
    func period(ofDay day: Int64) -> Int64 {
        let date = CivilDate(daysSince1970: Int(clamping: day))
        return switch granularity {
        case "1wk": YahooChartRules.floor(day + 3, 7)
        case "1mo": Int64(date.year * 12 + date.month - 1)
        case "3mo": Int64(date.year * 4 + (date.month - 1) / 3)
        case "1y": Int64(date.year)
        default: day
        }
    }

    /// What such a period is called.
    var periodName: String {
        ["1wk": "week", "1mo": "month", "3mo": "quarter", "1y": "year"][granularity] ?? "day"
    }

    /// Quotient rounded down.
    static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }
}
