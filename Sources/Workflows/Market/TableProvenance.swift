import Basics
import MarketData

/// Where the rows of a written file came from: a document beside it, `FILE.provenance.json`.
struct TableProvenance {
    /// The file that was read.
    let source: String
    let file: any FoundFile
    let table: CanonicalKind
    let known: KnownOfData
    /// Of the rows that were written.
    let figures: TableFigures
    /// Of the rows that were read, where several files were written of one.
    let all: TableFigures

    static func path(of output: String) -> String { "\(output).provenance.json" }

    /// Rows or messages of the source, up to the last that became a row where nobody counts the rest.
    var rowsIn: Int {
        if let records = file.records { return records }
        // The rows of hftml's own tables name places in the files that they came from.
        if file.kindName.hasPrefix("canonical ") { return all.rows }
        return Int(clamping: max(all.lastPosition ?? 0, 0))
    }

    /// What the format says, and why there are more or fewer rows than the source has.
    var notes: [String] {
        var notes = file.notes
        if file is BarsOfFile {
            // It says itself what became of the rows.
        } else if all.rows < rowsIn {
            notes.append(
                "\(rowsIn - all.rows) of \(rowsIn) rows or messages of the file became no row of \(table.rawValue)")
        } else if all.rows > rowsIn {
            notes.append("\(rowsIn) rows or messages of the file became \(all.rows) rows of \(table.rawValue)")
        }
        if figures.rows < all.rows { notes.append("\(all.rows - figures.rows) rows are of other instruments") }
        let others = file.tables.filter { $0 != table }
        if !others.isEmpty {
            notes.append(
                "the file has other tables, which are not written: "
                    + others.map { "--table \($0.rawValue)" }.joined(separator: ", "))
        }
        return notes
    }

    /// Writes the document beside a file that was written.
    ///
    /// - Returns: its path.
    func write(beside output: String) throws -> String {
        let path = TableProvenance.path(of: output)
        let inferences = file.inferences.map {
            JSONValue.map([
                ("name", .string($0.name)), ("value", .string($0.value)), ("evidence", .string($0.evidence)),
                ("confidence", .double($0.confidence)),
            ])
        }
        let document = JSONValue.map([
            ("schemaVersion", .int(1)), ("source", .string(Paths.name(source))),
            ("place", .string(TableProvenance.place(of: source, beside: output))),
            ("sha256", .string(try Digest.sha256(file: source))), ("kind", .string(file.kindName)),
            ("descriptor", known.json), ("inferences", .list(inferences)),
            ("table", .string(table.rawValue)), ("rowsIn", .int(rowsIn)), ("rows", .int(figures.rows)),
            ("first", .string(figures.first.map { TimeText.utc($0) })),
            ("last", .string(figures.last.map { TimeText.utc($0) })), ("digest", .string(figures.digest)),
            ("notes", .strings(notes)), ("output", .string(Paths.name(output))),
            ("outputSHA256", .string(try Digest.sha256(file: output))), ("tool", .string(ToolVersion.current)),
        ])
        try AtomicFile.write(document.text(.pretty) + "\n", to: path)
        return path
    }

    /// Refuses to write over what is no earlier output from the same source, unchanged since.
    ///
    /// - Throws: ``Failure`` with code `data.exists`; with code `usage.data-format` where it is a file to read.
    static func requireOwn(_ output: String, from source: String, isForced: Bool) throws {
        guard Paths.exists(output) else { return }
        guard Paths.resolved(output) != Paths.resolved(source) else {
            throw Failure(
                "usage.data-format", "found '\(output)' as the file to read and to write",
                hint: "write to another file",
                exitStatus: .usage)
        }
        guard !Paths.isDirectory(output) else {
            throw Failure(
                "data.exists", "found a directory at '\(output)', expected a file to write",
                hint: "name the file: -o \(output)/bars.parquet")
        }
        if isForced { return }
        let found: String
        let beside = path(of: output)
        if let text = try? FileChunks.text(beside), let document = try? JSONParser.parse(text, file: beside),
            let recorded = document[key: "source"]?.stringValue, let digest = document[key: "outputSHA256"]?.stringValue
        {
            let place = document[key: "place"]?.stringValue
            guard recorded == Paths.name(source), place == nil || place == self.place(of: source, beside: output) else {
                throw exists("an earlier output of '\(place ?? recorded)' at '\(output)', not of '\(source)'")
            }
            if try Digest.sha256(file: output) == digest { return }
            found = "'\(output)' changed since it was written"
        } else {
            found = "a file at '\(output)' that was not written from '\(Paths.name(source))'"
        }
        throw exists(found)
    }

    /// Where a source lies as seen from the directory of an output: two sources of one name are two.
    private static func place(of source: String, beside output: String) -> String {
        Paths.relative(Paths.resolved(source), to: Paths.resolved(Paths.parent(Paths.absolute(output))))
    }

    private static func exists(_ found: String) -> Failure {
        Failure("data.exists", "found \(found)", hint: "write to another name, or add --force to write over it")
    }
}
