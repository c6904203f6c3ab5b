package import Basics

/// One way that market data lies in files: the port that every format fits.
///
/// A new format is a type in a file here and a line in ``MarketFormats``; everything that reads bars or books finds it.
package enum MarketFormat: Sendable {
    case bars(any BarFormat.Type)
    case books(any BookFormat.Type)
}

/// All formats that files of market data may have.
package enum MarketFormats {
    /// By name, in the order in which formats are tried.
    package static let kinds = Kinds<MarketFormat>(
        "market format",
        [
            .init(
                "csv", "bars with a header, in the dialects of vendors and users; plain or gzip",
                .bars(BarCSVReader.self)),
            .init("yahoo-chart", "one answer of Yahoo's chart endpoint, as JSON", .bars(YahooChartReader.self)),
            .init(
                "table", "bars in Parquet, Arrow, LEAN's zips and whatever else is found by its bytes",
                .bars(FoundBarsReader.self)),
            .init(
                "lobster", "LOBSTER's pairs of message and book files; plain or gzip", .books(LobsterFormat.self)),
            .init(
                "books", "book changes, book snapshots and quotes in whatever is found by its bytes",
                .books(FoundBooks.self)),
        ])

    /// Formats of bars, in the order of the table.
    static let bars: [any BarFormat.Type] = kinds.entries.compactMap {
        if case .bars(let format) = $0.value { format } else { nil }
    }

    /// Formats of order books, in the order of the table.
    static let books: [any BookFormat.Type] = kinds.entries.compactMap {
        if case .books(let format) = $0.value { format } else { nil }
    }
}

/// Reads the bars of one file; a value may serve many files, one after the other.
package protocol BarFormat: Sendable {
    /// Endings of the names that a directory is searched for; empty where only content or an explicit path decides.
    static var suffixes: [String] { get }

    /// Whether a file that no ending decides has this format.
    ///
    /// - Parameter head: its first bytes, at most ``BarReader/headSize``, decompressed.
    static func recognises(_ head: [UInt8]) -> Bool

    /// - Parameter spec: what the files do not say themselves.
    /// - Throws: ``Failure`` for a zone that is not known.
    init(_ spec: MarketSpec) throws

    /// Reads one file.
    ///
    /// - Returns: the bars in order of time, and everything that was noticed.
    /// - Throws: ``MarketDataError`` for faulty rows in strict mode, ``Failure`` for a file that holds no bars at all,
    ///   ``FileError``.
    mutating func read(_ path: String) throws -> BarReading
}
