package import Basics
package import MarketData
import Tables

/// A file of market data in, its canonical table in another format out, with where it came from.
package enum ConvertData {
    /// Formats that are written, by the ending of the name.
    package enum Format: String, CaseIterable, Sendable {
        case csv, parquet, arrow

        /// - Throws: ``Failure`` with code `usage.data-format` for an ending of nothing that is written.
        init(of path: String) throws {
            let name = Paths.name(path).lowercased()
            switch true {
            case name.hasSuffix(".csv"): self = .csv
            case name.hasSuffix(".parquet"): self = .parquet
            case name.hasSuffix(".arrow"), name.hasSuffix(".feather"): self = .arrow
            default:
                throw Failure(
                    "usage.data-format",
                    "found '\(path)' to write to, expected a name that ends with .csv, .parquet, "
                        + ".arrow or .feather", hint: "name the file so: -o bars.parquet", exitStatus: .usage)
            }
        }
    }

    /// What was written.
    package struct Outcome: Sendable, Equatable {
        package let kind: String
        package let table: CanonicalKind
        package let notes: [String]
        package let written: [Written]
    }

    /// One file that was written.
    package struct Written: Sendable, Equatable {
        package let path: String
        /// Where the rows came from is written here.
        package let provenance: String
        /// Rows or messages of the source.
        package let rowsIn: Int
        package let rows: Int
        /// The least and the greatest time; nil without rows.
        package let first: Nanoseconds?
        package let last: Nanoseconds?
        /// Of ``CanonicalDigest``: the same for the same rows, whatever the format.
        package let digest: String
    }

    /// Writes one file.
    ///
    /// - Parameters:
    ///   - bars: those to make of the table; nil for the table as it is.
    ///   - isForced: whether to write over a file that is no earlier output from the same source.
    /// - Throws: as ``HeadData/run(_:count:table:known:)``; ``Failure`` with code `usage.data-format`, with code
    ///   `data.zone` for times whose zone nobody says, with code `data.exists` for what lies there already.
    package static func run(
        _ path: String, table: CanonicalKind?, output: String, known: KnownOfData, bars: CoarserBars? = nil,
        isForced: Bool = false
    ) throws -> Outcome {
        let format = try Format(of: output)
        let (file, table) = try find(path, table, known, bars: bars)
        try TableProvenance.requireOwn(output, from: path, isForced: isForced)
        let source = DigestedSource(try file.read(table))
        try TableOutput.write(source, to: output, format)
        let provenance = TableProvenance(
            source: path, file: file, table: table, known: known, figures: source.figures, all: source.figures)
        return Outcome(
            kind: file.kindName, table: table, notes: provenance.notes, written: [try finish(provenance, output)])
    }

    /// Writes a file an instrument, named by it, into a directory; memory does not grow with the table.
    ///
    /// - Throws: as ``run(_:table:output:known:isForced:)``; ``Failure`` with code `usage.data-format` for two
    ///   instruments whose files would have one name.
    package static func eachInstrument(
        _ path: String, table: CanonicalKind?, directory: String, format: Format, known: KnownOfData,
        bars: CoarserBars? = nil, isForced: Bool = false
    ) throws -> Outcome {
        let (file, table) = try find(path, table, known, bars: bars)
        let whole = DigestedSource(try file.read(table))
        let parts = try InstrumentOutputs.names(whole).map {
            InstrumentOutputs.Part(
                instrument: $0.instrument, output: Paths.join(directory, "\($0.name).\(format.rawValue)"))
        }
        for part in parts { try TableProvenance.requireOwn(part.output, from: path, isForced: isForced) }
        try Paths.makeDirectory(directory)
        let figures = try InstrumentOutputs.write(parts, format) { try file.read(table) }
        let written = try zip(parts, figures).map { part, figures in
            try finish(
                TableProvenance(
                    source: path, file: file, table: table, known: known, figures: figures, all: whole.figures),
                part.output)
        }
        let all = TableProvenance(
            source: path, file: file, table: table, known: known, figures: whole.figures, all: whole.figures)
        return Outcome(kind: file.kindName, table: table, notes: all.notes, written: written)
    }

    /// A table whose times are known: what is only assumed for looking at it would be a fact in what is written.
    static func find(
        _ path: String, _ table: CanonicalKind?, _ known: KnownOfData, bars: CoarserBars? = nil
    ) throws -> (file: any FoundFile, table: CanonicalKind) {
        let found = try FoundTable.find(path, table: table, known: known)
        guard !found.file.isZoneAssumed else {
            throw Failure(
                "data.zone", "found times that name no zone in '\(path)', a \(found.file.kindName)",
                hint: "say theirs: --zone America/New_York, --zone UTC, or --market market.yaml")
        }
        guard let bars else { return found }
        return (try BarsOfFile(found.file, table ?? found.table, isSaid: table != nil, bars, known), .bars)
    }

    /// Writes beside the file where its rows came from.
    private static func finish(_ provenance: TableProvenance, _ output: String) throws -> Written {
        let path = try provenance.write(beside: output), figures = provenance.figures
        return Written(
            path: output, provenance: path, rowsIn: provenance.rowsIn, rows: figures.rows, first: figures.first,
            last: figures.last, digest: figures.digest)
    }
}
