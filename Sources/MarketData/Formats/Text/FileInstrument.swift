import Basics

/// The instrument that a file's name says.
enum FileInstrument {
    private static let endings = [
        ".gz", ".zst", ".bz2", ".zip", ".csv", ".json", ".jsonl", ".parquet", ".feather", ".arrow", ".ipc", ".txt",
    ]

    /// What follows the number of an interval.
    private static let units: Set<String> = [
        "s", "sec", "m", "min", "minute", "minutes", "h", "hour", "hours", "d", "day", "days", "w", "wk", "week", "mo",
        "month", "ms", "t", "tick", "ticks",
    ]

    /// `data/ADA_BTC-5m.feather` is `ADA_BTC`, `AAPL_5min.csv.gz` is `AAPL`: the name without endings, and without what
    /// it says of the content behind the last `-` or `_`.
    static func name(_ path: String) -> String {
        var name = Paths.name(path)
        while let ending = endings.first(where: { name.hasSuffix($0) && name.count > $0.count }) {
            name.removeLast(ending.count)
        }
        guard let mark = name.lastIndex(where: { $0 == "-" || $0 == "_" }), mark > name.startIndex else { return name }
        let last = name[name.index(after: mark)...]
        let digits = last.prefix { $0.isNumber }
        let isInterval = !digits.isEmpty && units.contains(String(last.dropFirst(digits.count)))
        return isInterval || ["trades", "quotes", "bars"].contains(last) ? String(name[..<mark]) : name
    }
}
