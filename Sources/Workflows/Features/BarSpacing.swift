import Basics
import MarketData

/// Bars and the market they are said to be of; the distance that they stand at, held against the market's interval.
///
/// An interval that is too long or too short is silent otherwise: "the next bar" of a label, and how long a position is
/// held, would be another time than anybody thinks.
enum BarSpacing {
    /// Fewer gaps than this say nothing.
    static let fewestGaps = 8

    /// The commonest time between neighbouring bars of one day, else of any, and a row behind such a gap.
    ///
    /// - Returns: nil for fewer than ``fewestGaps`` gaps.
    static func commonest(_ times: [Nanoseconds]) -> (gap: Nanoseconds, row: Int)? {
        let day: Nanoseconds = 86_400_000_000_000
        func count(_ isUsed: (Nanoseconds) -> Bool) -> [Nanoseconds: (count: Int, row: Int)] {
            var out: [Nanoseconds: (count: Int, row: Int)] = [:]
            for row in times.indices.dropFirst() {
                let (gap, isWrong) = times[row].subtractingReportingOverflow(times[row - 1])
                guard !isWrong, gap > 0, isUsed(gap) else { continue }
                out[gap, default: (0, row)].count += 1
            }
            return out
        }
        var gaps = count { $0 < day }
        // A bar a day has no gap within a day, but where a clock is moved.
        if gaps.values.reduce(0, { $0 + $1.count }) * 2 < times.count { gaps = count { _ in true } }
        guard gaps.values.reduce(0, { $0 + $1.count }) >= fewestGaps else { return nil }
        let best = gaps.max { ($0.value.count, -$0.key) < ($1.value.count, -$1.key) }
        return best.map { ($0.key, $0.value.row) }
    }

    /// What reading in repair mode took out, where it did: rows that are gone look like a longer interval.
    private static func leftOut(_ reading: BarReading) -> String {
        let count = reading.issueCounts.values.reduce(0, +)
        return count == 0 ? "" : "; mode: repair left out \(count) faulty rows of \(reading.table.count + count)"
    }

    /// Refuses bars whose spacing contradicts the interval: shorter, or longer with no gap of the interval among a
    /// hundred.
    ///
    /// - Throws: ``Failure`` with code `features.interval`.
    static func require(_ reading: BarReading, path: String, market: MarketSpec, isAssumed: Bool) throws {
        let times = reading.table.time
        guard let (gap, row) = commonest(times), gap != market.interval else { return }
        let fitting = times.indices.dropFirst().count { times[$0] - times[$0 - 1] == market.interval }
        guard gap < market.interval || fitting * 100 < times.count else { return }
        let line = reading.lines.indices.contains(row) ? ":\(reading.lines[row])" : ""
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
