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

    func check(_ bars: CheckedBars, _ context: inout ExpectationContext) -> Finding {
        let table = bars.table
        var finding = Finding()
        guard let first = table.time.first, let last = table.time.last else { return finding }
        let step = Int(context.market.interval / 1_000_000_000)
        let firstLocal = Int(context.zone.local(first) / 1_000_000_000),
            lastLocal = Int(context.zone.local(last) / 1_000_000_000)
        var index = 0
        for day in firstLocal / 86_400...lastLocal / 86_400 {
            guard let hours = context.calendar.session(CivilDate(daysSince1970: day)), step > 0, step < 86_400 else {
                continue
            }
            var gapStart: Int?
            func close(_ end: Int, _ row: Int) {
                guard let start = gapStart else { return }
                gapStart = nil
                let missing = (end - start) / step
                guard missing > maximumBars else { return }
                finding.count += missing - 1
                finding.report(
                    "\(bars.place(row)): found \(missing) bars missing "
                        + "from \(TimeText.wallClock(Int64(start) * 1_000_000_000)) (\(context.market.zone))"
                )
            }
            for second in stride(from: day * 86_400 + hours.open, to: day * 86_400 + hours.close, by: step) {
                guard second >= firstLocal, second <= lastLocal else { continue }
                finding.checked += 1
                while index < table.count, Int(context.zone.local(table.time[index]) / 1_000_000_000) < second {
                    index += 1
                }
                let isThere =
                    index < table.count && Int(context.zone.local(table.time[index]) / 1_000_000_000) == second
                if isThere {
                    close(second, index)
                } else if gapStart == nil {
                    gapStart = second
                }
            }
            close(min(day * 86_400 + hours.close, lastLocal + step), min(index, table.count - 1))
        }
        return finding
    }
}
