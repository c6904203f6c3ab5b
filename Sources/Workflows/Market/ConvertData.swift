import Basics
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
        package let rows: Int
        /// Of ``CanonicalDigest``: the same for the same rows, whatever the format.
        package let digest: String
    }

    /// Writes one file.
    ///
    /// - Throws: as ``HeadData/run(_:count:table:known:)``; ``Failure`` with code `usage.data-format`, and with code
    ///   `data.zone` for times whose zone nobody says.
    package static func run(
        _ path: String, table: CanonicalKind?, output: String, known: KnownOfData
    ) throws -> Outcome {
        let format = try Format(of: output)
        let (file, table) = try find(path, table, known, output: output)
        let source = DigestedSource(try file.read(table))
        let rows = try write(source, to: output, format)
        let written = try finish(
            source: path, kind: file.kindName, table: table, notes: file.notes, output: output, rows: rows,
            digest: source.digest)
        return Outcome(kind: file.kindName, table: table, notes: file.notes, written: [written])
    }

    /// Writes a file an instrument, named by it, into a directory.
    ///
    /// The rows of the table lie in memory until all were read.
    package static func eachInstrument(
        _ path: String, table: CanonicalKind?, directory: String, format: Format, known: KnownOfData
    ) throws -> Outcome {
        let (file, table) = try find(path, table, known)
        let source = try file.read(table)
        var parts: [String: [TableChunk]] = [:]
        while let chunk = try source.next() {
            guard case .text(let names)? = chunk["instrument"]?.values else { continue }
            var rows = [[Int]](repeating: [], count: names.values.count)
            for row in 0..<chunk.rowCount { rows[Int(names.codes[row])].append(row) }
            for (name, rows) in zip(names.values, rows) where !rows.isEmpty {
                parts[name, default: []].append(chunk.selecting(rows))
            }
        }
        let files = try fileNames(parts.keys.sorted())
        try Paths.makeDirectory(directory)
        let written = try files.map { instrument, name in
            let output = Paths.join(directory, "\(name).\(format.rawValue)")
            let part = DigestedSource(ChunkList(fields: source.fields, parts[instrument] ?? []))
            let rows = try write(part, to: output, format)
            return try finish(
                source: path, kind: file.kindName, table: table, notes: file.notes, output: output, rows: rows,
                digest: part.digest)
        }
        return Outcome(kind: file.kindName, table: table, notes: file.notes, written: written)
    }

    /// A table whose times are known: what is only assumed for looking at it would be a fact in what is written.
    private static func find(
        _ path: String, _ table: CanonicalKind?, _ known: KnownOfData, output: String? = nil
    ) throws -> (
        file: any FoundFile, table: CanonicalKind
    ) {
        let found = try FoundTable.find(path, table: table, known: known)
        guard output.map({ Paths.resolved(path) != Paths.resolved($0) }) ?? true else {
            throw Failure(
                "usage.data-format", "found '\(path)' as the file to read and to write", hint: "write to another file",
                exitStatus: .usage)
        }
        guard !found.file.isZoneAssumed else {
            throw Failure(
                "data.zone", "found times that name no zone in '\(path)', a \(found.file.kindName)",
                hint: "say theirs: --zone America/New_York, --zone UTC, or --market market.yaml")
        }
        return found
    }

    /// Names of files that keep instruments apart.
    private static func fileNames(_ instruments: [String]) throws -> [(instrument: String, name: String)] {
        var owners: [String: String] = [:]
        return try instruments.map { instrument in
            let name = String(instrument.map { $0.isLetter || $0.isNumber || ".-=^".contains($0) ? $0 : "-" })
            // A file system that ignores case would make one file of two.
            if let other = owners.updateValue(instrument, forKey: name.lowercased()) {
                throw Failure(
                    "usage.data-format",
                    "found the instruments '\(other)' and '\(instrument)', which would both be "
                        + "written to '\(name)'", hint: "convert the file whole, without --each-instrument")
            }
            return (instrument, name)
        }
    }

    private static func write(_ source: DigestedSource, to path: String, _ format: Format) throws -> Int {
        switch format {
        case .csv: return try ChunkCSV.write(source, to: path)
        case .parquet:
            try ParquetWriter.write(source, to: path)
            return source.rows
        case .arrow:
            try ArrowWriter.write(source, to: path)
            return source.rows
        }
    }

    /// Writes beside the file where its rows came from.
    private static func finish(
        source: String, kind: String, table: CanonicalKind, notes: [String], output: String, rows: Int, digest: String
    ) throws -> Written {
        let provenance = "\(output).provenance.json"
        let document = JSONValue.map([
            ("schemaVersion", .int(1)), ("source", .string(Paths.name(source))),
            ("sha256", .string(try Digest.sha256(file: source))), ("kind", .string(kind)),
            ("table", .string(table.rawValue)), ("rows", .int(rows)), ("digest", .string(digest)),
            ("notes", .strings(notes)), ("tool", .string(ToolVersion.current)),
        ])
        try AtomicFile.write(document.text(.pretty) + "\n", to: provenance)
        return Written(path: output, provenance: provenance, rows: rows, digest: digest)
    }
}

/// Chunks on their way, and the digest of those that have passed.
private final class DigestedSource: ChunkSource {
    private let source: any ChunkSource
    private var running = CanonicalDigest()
    private(set) var rows = 0

    init(_ source: any ChunkSource) { self.source = source }

    var fields: [Field] { source.fields }
    var digest: String { running.text }

    func next() throws -> TableChunk? {
        guard let chunk = try source.next() else { return nil }
        running.add(chunk)
        rows += chunk.rowCount
        return chunk
    }
}
