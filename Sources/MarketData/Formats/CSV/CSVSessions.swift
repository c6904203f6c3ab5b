import Basics

/// First and last time of day of the rows of each day, on the wall clock of the file.
struct CSVSessions {
    private static let day: Int64 = 86_400_000_000_000
    private var currentDay = Int64.min
    private var range: (first: Int64, last: Int64) = (0, 0)
    private var firsts: [Int64: Int] = [:], lasts: [Int64: Int] = [:]
    private(set) var days = 0

    @inline(__always)
    mutating func add(_ local: Nanoseconds) {
        let day = local >= 0 ? local / CSVSessions.day : (local - CSVSessions.day + 1) / CSVSessions.day
        let clock = local - day * CSVSessions.day
        if day == currentDay {
            range = (min(range.first, clock), max(range.last, clock))
            return
        }
        close()
        currentDay = day
        range = (clock, clock)
    }

    /// Rows of one day that follow each other.
    mutating func add(_ rows: CSVPlainRows.Day) {
        if rows.day != currentDay {
            close()
            currentDay = rows.day
            range = (rows.first, rows.last)
        }
        range = (min(range.first, rows.first), max(range.last, rows.last))
    }

    mutating func close() {
        guard currentDay != .min else { return }
        days += 1
        if firsts.count < 4096 { firsts[range.first, default: 0] += 1 }
        if lasts.count < 4096 { lasts[range.last, default: 0] += 1 }
        currentDay = .min
    }

    /// The commonest first and last time of day, and the share of days that have the rarer of them.
    var usual: (first: Int64, last: Int64, share: Double)? {
        guard days > 0, let first = firsts.max(by: { $0.value < $1.value }),
            let last = lasts.max(by: { $0.value < $1.value })
        else { return nil }
        return (first.key, last.key, Double(min(first.value, last.value)) / Double(days))
    }
}
