package import Basics

/// How long bars are: so many nanoseconds, or months.
package struct BarLength: Sendable, Equatable {
    /// Nanoseconds; of bars of months that of the shortest.
    package var length: Nanoseconds
    /// Months of a bar; 0 where all are of one length.
    package var months: Int

    /// A length as given.
    package init(length: Nanoseconds, months: Int = 0) { (self.length, self.months) = (length, months) }

    /// The end of a bar that starts at `time`.
    package func end(_ time: Nanoseconds) -> Nanoseconds { shifted(time, by: 1) }
    /// The start of a bar that ends at `time`.
    package func start(_ time: Nanoseconds) -> Nanoseconds { shifted(time, by: -1) }

    private func shifted(_ time: Nanoseconds, by count: Int) -> Nanoseconds {
        guard months > 0 else { return count > 0 ? time.saturatingPlus(length) : time.saturatingMinus(length) }
        let nanosecondsOfDay: Int64 = 86_400_000_000_000
        let day = time >= 0 ? time / nanosecondsOfDay : (time - nanosecondsOfDay + 1) / nanosecondsOfDay
        let date = CivilDate(daysSince1970: Int(day))
        let month = date.year * 12 + date.month - 1 + months * count
        var target = CivilDate(year: month / 12, month: month % 12 + 1, day: date.day)
        while !target.isValid, target.day > 28 {
            target = CivilDate(year: target.year, month: target.month, day: target.day - 1)
        }
        return Int64(target.daysSince1970).saturatingTimes(nanosecondsOfDay)
            .saturatingPlus(time - day * nanosecondsOfDay)
    }

    /// As a descriptor writes it: `5m`, `1d`, `1mo`.
    package var text: String {
        if months > 0 { return "\(months)mo" }
        let units: [(Int64, String)] = [
            (604_800_000_000_000, "wk"), (86_400_000_000_000, "d"), (3_600_000_000_000, "h"), (60_000_000_000, "m"),
            (1_000_000_000, "s"), (1_000_000, "ms"), (1000, "us"),
        ]
        for (size, name) in units where length % size == 0 { return "\(length / size)\(name)" }
        return "\(length)ns"
    }
}

/// How a row of a file is named in messages.
package enum RowPlace: Sendable {
    /// `a.csv:7`
    case line
    /// `a.parquet: row 7`
    case row

    /// The file and the row in it.
    package func text(_ path: String, _ number: Int) -> String {
        self == .line ? "\(path):\(number)" : "\(path): row \(number)"
    }
}
