import Basics
import Tables

/// What a whole number of a time column counts, by its size: seconds, ms, µs or ns since 1970.
///
/// Seconds reach to the year 5138; as milliseconds the same number is in 1973, before any exchange had a computer feed.
enum TimeUnit {
    /// - Returns: nil for what is no time of market data in any unit.
    static func of(_ value: Int64) -> ColumnType.Unit? {
        switch value {
        // Smaller ones are numbers of rows, or days written as 20240102.
        case 100_000_000..<100_000_000_000: .second
        case 100_000_000_000..<100_000_000_000_000: .millisecond
        case 100_000_000_000_000..<100_000_000_000_000_000: .microsecond
        case 100_000_000_000_000_000...: .nanosecond
        default: nil
        }
    }
}
