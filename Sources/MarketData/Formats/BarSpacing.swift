package import Basics

/// Bars and the market they are said to be of; the distance that they stand at, held against the market's interval.
///
/// An interval that is too long or too short is silent otherwise: "the next bar" of a label, and how long a position is
/// held, would be another time than anybody thinks.
package enum BarSpacing {
    /// Fewer gaps than this say nothing.
    static let fewestGaps = 8

    /// The commonest time between neighbouring bars of one day, else of any, and a row behind such a gap.
    /// - Returns: nil for fewer than ``fewestGaps`` gaps.
    /// - Complexity: linear.
    package static func commonest(_ times: [Nanoseconds]) -> (gap: Nanoseconds, row: Int)? {
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

    /// The spacing that contradicts an interval, and a row behind such a gap: shorter than it, or longer with no gap of
    /// the interval among a hundred.
    ///
    /// - Returns: nil where the bars may be of that interval, or are too few to tell.
    package static func contradiction(_ times: [Nanoseconds], to interval: Nanoseconds) -> (
        gap: Nanoseconds, row: Int
    )? {
        guard let (gap, row) = commonest(times), gap != interval else { return nil }
        // Gaps that overflow are none of the interval.
        let fitting = times.indices.dropFirst().count {
            let (between, isWrong) = times[$0].subtractingReportingOverflow(times[$0 - 1])
            return !isWrong && between == interval
        }
        return gap < interval || fitting * 100 < times.count ? (gap, row) : nil
    }
}
