package import Basics
import Tables

/// Finds the format of a file of market data by its bytes.
package enum FoundFiles {
    /// Bytes of a file that formats look at.
    package static let headSize = 1 << 16

    /// All formats by name, in the order in which they are tried: those with a magic number before those that are text.
    package static let kinds = Kinds<any FileFormat.Type>(
        "file format",
        [
            .init("itch", "Nasdaq's TotalView-ITCH 5.0", ITCHFormat.self),
            .init("parquet", "tables of bars, trades, quotes or books in Parquet", ParquetMarketFormat.self),
            .init("arrow", "tables of bars, trades, quotes or books in Arrow files", ArrowMarketFormat.self),
            .init("yahoo-chart", "answers of Yahoo's chart endpoint, alone or recorded", YahooChartFormat.self),
            .init(
                "binance-capture", "Binance's websocket feeds as they came, a message a line", BinanceCaptureFormat.self
            ),
            .init("fix-log", "logs of FIX messages, whose executions are trades", FIXLogFormat.self),
            .init("fi2010", "FI-2010's books, where they are no z-scores", FI2010Format.self),
            .init("json-bars", "bars as JSON: lists, objects, columns", JSONBarsFormat.self),
            .init("lean", "bars, quotes and ticks of US shares in the layout of the LEAN engine", LEANFormat.self),
            .init("lobster", "LOBSTER's message and order book files", LobsterFileFormat.self),
            .init("canonical-csv", "canonical tables that hftml wrote as CSV", CanonicalCSVFormat.self),
            .init("csv", "bars, trades and quotes in CSV, in whatever dialect", CSVFormat.self),
        ])

    /// The file in its format.
    ///
    /// - Throws: ``FileError``; ``Failure`` with code `data.format` for a file that no format has, with what it is;
    ///   what the format says of a file that it cannot read.
    ///
    /// - Parameters:
    ///   - description: what is known of how the file is written.
    ///   - zone: IANA name of the zone of stamps that have none.
    ///   - interval: length of a bar in nanoseconds, where stamps are too few to tell.
    package static func find(
        _ path: String, described description: FileDescription = FileDescription(), zone: String? = nil,
        interval: Nanoseconds? = nil
    ) throws -> any FoundFile {
        guard !Paths.isDirectory(path) else {
            throw Failure(
                "data.format", "found a directory at '\(path)', expected a file of market data",
                hint: "name one of its files: hftml data head '\(path)'/FILE")
        }
        let head = try head(of: path)
        guard !head.isEmpty else {
            throw Failure(
                "data.format", "found an empty file at '\(path)', expected market data", hint: "fetch the file again")
        }
        let options = description.options(zone: zone, interval: interval)
        for entry in kinds.entries {
            guard let found = try entry.value.find(path, head: head, options: options) else { continue }
            guard description.format == nil || description.format == entry.name else {
                throw Failure(
                    "data.format",
                    "found \(entry.name) in '\(path)', a \(found.kindName), expected "
                        + "\(description.format ?? ""), as the market file says",
                    hint: "take the file out of the data, or correct files.format of the market file")
            }
            return found
        }
        throw Failure(
            "data.format",
            "found \(FileKind.name(head)) in '\(path)', expected market data in one of the formats "
                + kinds.names.joined(separator: ", "),
            hint: "convert the file to CSV or Parquet with the columns time, open, high, low, close, volume")
    }

    /// The first bytes of a file, decompressed; fewer where it has no more.
    static func head(of path: String, count: Int = headSize) throws -> [UInt8] {
        let source = try ByteSource(path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { buffer.deallocate() }
        var filled = 0
        while filled < count {
            let more = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if more == 0 { break }
            filled += more
        }
        return Array(buffer[..<filled])
    }
}
