/// The tables that all market data becomes, whatever the file was.
///
/// Times are nanoseconds UTC; prices and sizes integers of a stated number of decimals.
package enum CanonicalKind: String, CaseIterable, Sendable {
    /// Open, high, low, close, volume over an interval.
    case bars
    /// What traded.
    case trades
    /// Best bid and ask.
    case quotes
    /// Changes of an order book, order by order or level by level.
    case bookChanges = "book-changes"
    /// An order book as it stood, some levels a side.
    case bookSnapshots = "book-snapshots"
}
