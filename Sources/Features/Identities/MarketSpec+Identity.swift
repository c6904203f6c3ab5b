import Basics
package import MarketData

/// What makes rows of two markets comparable: how long a bar is, and when the market is open. Decimals and the reading
/// mode are how files are read, not what they say.
extension MarketSpec {
    /// For people: `5m bars, America/New_York, XNYS`.
    package var summary: String {
        let calendar = calendar.json
        let adjusted = adjust.map { ", adjusted: \($0.prices.rawValue)" } ?? ""
        return "\(Interval.text(interval)) bars, \(zone), \(calendar.stringValue ?? calendar.text(.compact))\(adjusted)"
    }

    /// Zone, interval, calendar and what is taken out of prices in canonical JSON. A market that does not adjust is
    /// what it was before there was a way to.
    package var identity: String {
        var node: [(String, JSONValue)] = [
            ("zone", .string(zone)), ("interval", .string(Interval.text(interval))), ("calendar", calendar.json),
        ]
        if let adjust { node.append(("adjust", .string(adjust.prices.rawValue))) }
        return JSONValue.map(node).text(.canonical)
    }
}
