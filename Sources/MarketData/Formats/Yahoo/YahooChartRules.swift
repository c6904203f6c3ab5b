import Basics
import Tables

/// What the head of a chart answer says about its stamps and prices.
struct YahooChartRules {
    let granularity: String
    private(set) var notes: [String] = []
    private let interval: Nanoseconds
    private let isIntraday: Bool
    private let zone: ExchangeZone
    /// Hours of the sessions in the answer; empty where it does not say.
    private var sessions: [Range<Nanoseconds>] = []
    /// How long a session is.
    private let sessionLength: Nanoseconds?
    private let liveTime: Nanoseconds?
    private static let day: Nanoseconds = 86_400_000_000_000
    /// Currencies that are hundredths of another.
    private static let hundredths = ["GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ZAC": "ZAR", "ILA": "ILS"]

    /// - Throws: ``Failure`` for a granularity or zone that is not known.
    init(_ meta: JSONValue) throws {
        granularity = meta[key: "dataGranularity"]?.stringValue ?? "1d"
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
        let name = meta[key: "exchangeTimezoneName"]?.stringValue
        zone = try ExchangeZone(name ?? "UTC")
        func time(_ value: JSONValue?) -> Nanoseconds? {
            value?.intValue.flatMap { $0.magnitude < BarTimeText.endOfTime ? Int64($0) * 1_000_000_000 : nil }
        }
        func session(_ value: JSONValue?) -> Range<Nanoseconds>? {
            guard let start = time(value?[key: "start"]), let end = time(value?[key: "end"]), start < end else {
                return nil
            }
            return start..<end
        }
        liveTime = time(meta[key: "regularMarketTime"])
        sessionLength = session(meta[path: "currentTradingPeriod.regular"]).map { $0.upperBound - $0.lowerBound }
        for day in meta[key: "tradingPeriods"]?.listValue ?? [] {
            sessions += (day.listValue ?? [day]).compactMap { session($0) }
        }
        note(meta, zoneName: name)
    }

    private mutating func note(_ meta: JSONValue, zoneName: String?) {
        if let currency = meta[key: "currency"]?.stringValue {
            let whole = YahooChartRules.hundredths[currency].map { ", which is a hundredth of \($0)" } ?? ""
            notes.append("prices are in \(currency)\(whole)")
        } else {
            notes.append("the answer does not say the currency")
        }
        if zoneName == nil { notes.append("the answer does not say the zone: days are those of UTC") }
        switch granularity {
        case _ where isIntraday:
            notes.append("times are the start of bars of \(granularity)")
        case "1d":
            let length =
                sessionLength.map { "\($0 / 60_000_000_000) minutes, the length of a session" }
                ?? "24 hours, as the answer does not say when the session closes"
            notes.append("times are the open of the session; a bar counts as known after \(length)")
        default: notes.append("times are the start of the period; a bar counts as known when the longest is over")
        }
    }

    /// When a bar could be known.
    func end(of start: Nanoseconds) -> Nanoseconds {
        start.saturatingPlus(granularity == "1d" ? sessionLength ?? interval : interval)
    }

    /// Why the last stamp of an answer is the live quote and no bar; nil where it is a bar.
    func liveQuote(_ time: Nanoseconds, after times: [Nanoseconds]) -> String? {
        var zone = zone
        func clock(_ time: Nanoseconds) -> (day: Int64, time: Int64) {
            let local = zone.local(time), day = YahooChartRules.day
            let clock = ((local % day) + day) % day
            return ((local - clock) / day, clock)
        }
        let here = clock(time)
        if isIntraday {
            if !sessions.isEmpty, !sessions.contains(where: { $0.contains(time) }) {
                return "it stands outside all sessions of the answer"
            }
            guard
                let first = times.last(where: { clock($0).day != here.day }).map({ last in
                    times.first { $0 > last } ?? time
                }) ?? times.first
            else { return nil }
            if first == time, let liveTime, (liveTime.saturatingMinus(time)).magnitude < interval.magnitude {
                return "it is the only one of its day, at the time of the last trade"
            }
            return (time - first) % interval == 0 ? nil : "it is off the grid that begins at the session's open"
        }
        if let last = times.last, clock(last).day == here.day { return "its day has a bar already" }
        if time == liveTime { return "it is the time of the last trade, no session's open" }
        // Sessions open at the same time of day, or nearly always.
        let others = times.suffix(20).map { clock($0).time }
        guard others.count >= 2, Set(others).count == 1, others.first != here.time else { return nil }
        return "its time of day is not that of the other bars"
    }
}
