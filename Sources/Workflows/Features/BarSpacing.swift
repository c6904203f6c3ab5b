import Basics
import MarketData

extension BarSpacing {
    /// What reading in repair mode took out, where it did: rows that are gone look like a longer interval.
    private static func leftOut(_ reading: BarReading) -> String {
        let count = reading.issueCounts.values.reduce(0, +)
        return count == 0 ? "" : "; mode: repair left out \(count) faulty rows of \(reading.table.count + count)"
    }

    /// Refuses bars whose spacing contradicts the interval of the market.
    ///
    /// - Throws: ``Failure`` with code `features.interval`.
    static func require(_ reading: BarReading, path: String, market: MarketSpec, isAssumed: Bool) throws {
        guard let (gap, row) = contradiction(reading.table.time, to: market.interval) else { return }
        let line = reading.lines.indices.contains(row) ? ":\(reading.lines[row])" : ""
        guard gap % 1_000_000_000 == 0 else {
            throw Failure(
                "features.interval",
                "\(path)\(line): found bars of no fixed length, expected bars of "
                    + "\(Interval.text(market.interval)) each",
                hint: "make time bars with hftml data convert … --bars every:1m; features of volume or money are "
                    + "written over these: bars: {volume: 10000} in the features file")
        }
        let whose = isAssumed ? "the market that is assumed without --market" : "the market file"
        throw Failure(
            "features.interval",
            "\(path)\(line): found bars \(Interval.text(gap)) apart, expected \(Interval.text(market.interval)), the "
                + "interval of \(whose)" + leftOut(reading),
            hint: isAssumed
                ? "write 'interval: \(Interval.text(gap))', zone and calendar into market.yaml, then add: "
                    + "--market market.yaml"
                : "write into the market file: interval: \(Interval.text(gap))")
    }
}
