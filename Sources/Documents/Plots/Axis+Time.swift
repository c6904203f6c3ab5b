import Basics

extension Axis {
    private static let second = 1e9, minute = 60e9, hour = 3600e9, day = 86_400e9
    /// Steps shorter than a day that divide the next longer one.
    private static let steps: [Double] =
        [1, 2, 5, 10, 15, 30].map { $0 * 1e9 } + [1, 2, 5, 10, 15, 30].map { $0 * 60e9 }
        + [1, 2, 3, 6, 12].map { $0 * 3600e9 } + [86_400e9]

    /// Times in nanoseconds since 1970, UTC: ticks at whole seconds, minutes, hours, days, months or years.
    package static func time(_ low: Double, _ high: Double, count: Int = 5) -> Axis {
        let (from, to) = high > low ? widened(low, high, 0.02) : (low - day, high + day)
        let least = (to - from) / Double(max(count, 1))
        if let step = steps.first(where: { $0 >= least }) {
            let ticks = multiples(step, from, to).map { Tick($0, clock($0, step)) }
            return Axis(low: from, high: to, ticks: ticks)
        }
        if least < 10 * day {
            let step = (least <= 2 * day ? 2 : least <= 5 * day ? 5 : 10) * day
            return Axis(low: from, high: to, ticks: multiples(step, from, to).map { Tick($0, date($0)) })
        }
        return Axis(low: from, high: to, ticks: months(from, to, least / (30.4375 * day)))
    }

    /// The first of every so many months.
    private static func months(_ low: Double, _ high: Double, _ least: Double) -> [Tick] {
        let step = [1, 2, 3, 6, 12].first { Double($0) >= least } ?? 12 * Int(saturating: roundStep(least / 12))
        let start = civil(low), end = civil(high)
        var month = (start.year * 12 + start.month - 1) / step * step, ticks: [Tick] = []
        while month <= end.year * 12 + end.month - 1 {
            let first = CivilDate(year: month / 12, month: month % 12 + 1, day: 1)
            let time = Double(first.daysSince1970) * day
            if time >= low, time <= high {
                ticks.append(Tick(time, String(step % 12 == 0 ? "\(first.year)" : first.description.prefix(7))))
            }
            month += step
        }
        return ticks
    }

    private static func civil(_ time: Double) -> CivilDate {
        CivilDate(daysSince1970: Int(saturating: (time / day).rounded(.down)))
    }

    /// The day of a time, `2026-03-01`.
    package static func date(_ time: Double) -> String { civil(time).description }

    private static func clock(_ time: Double, _ step: Double) -> String {
        if step >= day { return date(time) }
        let seconds = Int(saturating: ((time - (time / day).rounded(.down) * day) / second).rounded())
        func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
        let text = "\(two(seconds / 3600)):\(two(seconds / 60 % 60))"
        return step >= minute ? text : text + ":\(two(seconds % 60))"
    }
}
