import Basics

/// What the name of a file of bars says: `AAPL_5min_2006-01-01_to_2018-01-01.csv.gz` is AAPL in five minutes.
///
/// Only what is known to describe the content is no part of the instrument: lengths of bars, dates and words such as
/// `bars`, from the end of the name on. `BRK_A` and `BRK_B` are two instruments.
package struct BarFileName: Sendable, Equatable {
    /// The name without endings, and without what describes the content.
    package let instrument: String
    /// The length of a bar as the name has it, in lower case, such as `5min`; nil where it has none.
    package let interval: String?

    private static let endings = [
        ".gz", ".zst", ".bz2", ".zip", ".csv", ".json", ".parquet", ".parq", ".feather", ".arrow", ".txt",
    ]
    private static let words: Set<String> = [
        "to", "bar", "bars", "ohlcv", "trades", "quotes", "minute", "hourly", "daily", "weekly", "monthly",
    ]
    private static let units: Set<String> = [
        "s", "sec", "m", "min", "t", "h", "hour", "d", "day", "w", "wk", "week", "mo", "month", "y",
    ]

    /// - Parameter path: of which the last part is looked at.
    package init(_ path: String) {
        var name = Paths.name(path)
        while let ending = BarFileName.endings.first(where: { name.hasSuffix($0) && name.count > $0.count }) {
            name.removeLast(ending.count)
        }
        var parts = name.split(separator: "_", omittingEmptySubsequences: false), interval: String?
        while parts.count > 1, let last = parts.last {
            let text = last.lowercased()
            if BarFileName.isInterval(text) {
                interval = text
            } else if !text.isEmpty, !BarFileName.words.contains(text), !BarFileName.isDate(text) {
                break
            }
            parts.removeLast()
        }
        let kept = parts.joined(separator: "_")
        (instrument, self.interval) = (kept.isEmpty ? name : kept, interval)
    }

    /// A number and a unit: `5min`, `1h`, `15mins`.
    private static func isInterval(_ text: String) -> Bool {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...5).contains(digits.count) else { return false }
        let unit = String(text.dropFirst(digits.count))
        return units.contains(unit) || unit.count > 2 && unit.hasSuffix("s") && units.contains(String(unit.dropLast()))
    }

    private static func isDate(_ text: String) -> Bool {
        if BarFiles.isDate(text) { return true }
        return text.utf8.count == 4 && Int(text).map { (1900..<2200).contains($0) } == true
    }
}
