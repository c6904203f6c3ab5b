import Basics
import MarketData

extension SessionFit {
    /// Refuses bars whose stamps contradict calendar, zone or stamp side of the market.
    ///
    /// - Throws: ``Failure`` with code `features.session`.
    static func require(_ reading: BarReading, path: String, market: MarketSpec, isAssumed: Bool) throws {
        guard let found = try contradiction(reading.table.time, to: market) else { return }
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
}
