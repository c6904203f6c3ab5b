import Basics
import MarketData

/// The bars that the trading calendar promises are there.
///
/// Every session between the first and the last bar of an instrument is compared with the calendar, whatever files they
/// lie in; the first and the last day may be cut. A gap is a run of missing bars; it offends when it is longer than
/// `maximumBars`. A whole missing session is one gap.
struct CalendarGaps: BarExpectation {
    static let name = "gaps"
    static let summary = "the bars that the trading calendar promises are there"
    static let keys = ["maximumBars", "maximumShare"]
    let maximumBars: Int
    /// Share of promised bars that may lie in offending gaps.
    let maximumShare: Double

    init(_ reader: ConfigReader) throws {
        maximumBars = try reader.int("maximumBars", default: 3, in: 0...100_000)
        maximumShare = try reader.double("maximumShare", default: 0, in: 0...1)
    }

    var requirement: String {
        "gaps of more than \(maximumBars) bars hold at most \(maximumShare * 100) % of the bars the calendar promises"
    }

    /// `count` counts missing bars of offending gaps here, and `checked` promised bars.
    func accepts(_ finding: Finding) -> Bool { Double(finding.count) <= maximumShare * Double(finding.checked) }

    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) throws -> Finding {
        let step = BarStep(context.market.interval)
        guard step.isDaily else { return try checkSessions(bars, &context) }
        let table = bars.table
        var finding = Finding()
        for index in 0..<table.count {
            finding.checked += 1
            guard index > 0 else { continue }
            let earlier = table.time[index - 1]
            let missing = try context.calendar.barsBetween(
                earlier, table.time[index], interval: context.market.interval, limit: CalendarGaps.longestGap)
            guard let missing, missing > 0 else { continue }
            finding.checked += missing
            let start = try context.calendar.step(earlier, interval: context.market.interval) ?? earlier
            report(missing, from: start, bars.place(index), &context, &finding)
        }
        return finding
    }

    /// Days of bars that a gap is counted to.
    private static let longestGap = 100_000

    /// Bars shorter than a day: those that each session promises from its open on.
    private func checkSessions(_ bars: CheckedBars, _ context: inout ExpectationContext) throws -> Finding {
        let table = bars.table, interval = context.market.interval
        var finding = Finding()
        guard let first = table.time.first, let last = table.time.last, first <= last, interval > 0 else {
            return finding
        }
        let from = try context.calendar.place(first).day, to = try context.calendar.place(last).day
        guard from <= to else { return finding }
        var index = 0
        for day in from...to {
            guard let session = try context.calendar.session(of: CivilDate(daysSince1970: day)) else { continue }
            var missing = 0, start: Nanoseconds = 0
            for stretch in session.intervals {
                while index < table.count, table.time[index].saturatingPlus(interval) <= stretch.open { index += 1 }
                var expected = CalendarGaps.firstBar(of: stretch, table.time, from: index, interval)
                while expected < stretch.close {
                    defer { expected = expected.saturatingPlus(interval) }
                    guard expected >= first, expected <= last else { continue }
                    finding.checked += 1
                    while index < table.count, table.time[index] < expected { index += 1 }
                    if index < table.count, table.time[index] == expected {
                        report(missing, from: start, bars.place(index), &context, &finding)
                        missing = 0
                    } else {
                        if missing == 0 { start = expected }
                        missing += 1
                    }
                }
            }
            report(missing, from: start, bars.place(min(index, table.count - 1)), &context, &finding)
        }
        return finding
    }

    /// Where the bars of a stretch begin: at its open; or before it, where its first bar does not lie on the grid of
    /// the open, as hour bars on the full hour of a market that opens at half past.
    private static func firstBar(
        of stretch: SessionInterval, _ times: [Nanoseconds], from index: Int, _ interval: Nanoseconds
    ) -> Nanoseconds {
        guard index < times.count, times[index] < stretch.open else { return stretch.open }
        return times[index]
    }

    private func report(
        _ missing: Int, from start: Nanoseconds, _ place: String, _ context: inout ExpectationContext,
        _ finding: inout Finding
    ) {
        guard missing > maximumBars else { return }
        finding.count += missing - 1
        let text = TimeText.wallClock(context.zone.local(start))
        finding.report("\(place): found \(missing) bars missing from \(text) (\(context.market.zone))")
    }
}
