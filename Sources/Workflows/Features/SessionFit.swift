import Basics
import MarketData

extension SessionFit {
    /// Refuses bars whose stamps contradict calendar, zone or stamp side of the market.
    ///
    /// - Throws: ``Failure`` with code `features.session`.
    static func require(_ reading: BarReading, path: String, market: MarketSpec, isAssumed: Bool) throws {
        guard let found = try contradiction(reading.table.time, to: market) else {
            if isAssumed { try requireBest(reading, path: path, market: market) }
            return
        }
        let whose = isAssumed ? "the market that is assumed without --market" : "the market file"
        let calendar = market.calendar.json.stringValue ?? "own hours"
        let said = "\(calendar) in \(market.zone), the calendar and zone of \(whose)"
        func place(_ row: Int) -> String {
            (reading.lines.indices.contains(row) ? "\(path):\(reading.lines[row])" : path) + ": "
        }
        switch found {
        case .closed(let bars, let all, let row):
            throw Failure(
                "features.session",
                place(row) + "found \(bars) of \(all) bars while the market is closed, the first at "
                    + "\(TimeText.utc(reading.table.time[row])), expected the sessions of \(said)",
                hint: "write the calendar and zone of these bars into market.yaml, such as calendar: always and zone: "
                    + "UTC for a market that never closes, and add: --market market.yaml")
        case .stampedAtOpen(let sessions, let all, let row):
            throw Failure(
                "features.session",
                place(row)
                    + "found one bar before the open and no last one on \(sessions) of \(all) sessions once stamps "
                    + "were taken as the close of bars, as \(whose) says",
                hint: "bars are stamped with their open: take stamp: close out of the market file")
        case .stampedAtClose(let sessions, let all, let row):
            throw Failure(
                "features.session",
                place(row) + "found a bar at the close and none at the open on \(sessions) of \(all) sessions, "
                    + "expected stamps of the open of bars, as \(whose) says",
                hint: "if bars are stamped with their close, write into the market file: schemaVersion: 2 and "
                    + "files: {stamp: close}")
        }
    }

    /// Bars of a day's length of time that are looked at.
    private static let mostBars = 20_000

    /// Refuses bars that fill the sessions of another market while nobody said which one is meant: read as New York's,
    /// Mumbai's day begins before the open and ends before the close, and nothing is outside.
    private static func requireBest(_ reading: BarReading, path: String, market: MarketSpec) throws {
        guard case .named(let assumed) = market.calendar, reading.table.count > 8 else { return }
        var zone = try ExchangeZone(market.zone)
        let times = Array(reading.table.time.prefix(mostBars)), clocks = times.map { zone.local($0) }
        guard
            let own = try? CalendarFit(times, isWallClock: false, interval: market.interval, calendar: assumed)
        else { return }
        let others = MarketCalendar.kinds.entries.compactMap {
            try? CalendarFit(clocks, isWallClock: true, interval: market.interval, calendar: $0.name)
        }
        guard let best = others.max(by: { $0.score < $1.score }), best.name != assumed, best.score > 0.95,
            best.score > own.score + 0.05
        else { return }
        throw Failure(
            "features.session",
            "found bars in '\(path)' that fit \(best.name) in \(best.zone) better than \(assumed) in "
                + "\(market.zone), the market that is assumed without --market: \(best.evidence)",
            hint: "write down which market it is: hftml data sniff '\(path)' -o market.yaml, then add: "
                + "--market market.yaml")
    }
}
