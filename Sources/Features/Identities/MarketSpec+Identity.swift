import Basics
package import MarketData

/// What makes rows of two markets comparable: how long a bar is, and when the market is open. Decimals and the reading
/// mode are how files are read, not what they say.
extension MarketSpec {
    /// For people: `5m bars, America/New_York, XNYS`.
    package var summary: String {
        let calendar = calendar.json
        return "\(Interval.text(interval)) bars, \(zone), \(calendar.stringValue ?? calendar.text(.compact))"
    }

    /// Zone, interval and calendar in canonical JSON.
    package var identity: String {
        JSONValue.map([
            "zone": .string(zone), "interval": .string(Interval.text(interval)), "calendar": calendar.json,
        ]).text(.canonical)
    }
}
