import Basics
import Tables

/// Reads files of bars, each in its format: what everything uses that takes bars.
///
/// The format is that whose ending the name has, else that which recognises the content, else CSV, which says best what
/// is wrong with a file.
package struct BarReader {
    private let spec: MarketSpec
    private var csv: BarCSVReader

    /// Bytes of a file that a format is recognised by.
    package static let headSize = 256

    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone.
    package init(_ spec: MarketSpec) throws {
        self.spec = spec
        csv = try BarCSVReader(spec)
    }

    /// Reads one file of one instrument.
    ///
    /// - Returns: the bars in order of time, and everything that was noticed.
    /// - Throws: ``MarketDataError`` for faulty rows in strict mode, ``Failure`` for a file that holds no bars at all
    ///   or several instruments (`data.several-instruments`), ``FileError``.
    package mutating func read(_ path: String) throws -> BarReading {
        try read(path, plain: { try $0.read(path) }, found: { try $0.read(path) })
    }

    /// Reads one file that may hold several instruments.
    ///
    /// - Returns: a reading for each instrument, one at least, in the order in which they first occur.
    /// - Throws: as ``read(_:)``.
    package mutating func readAll(_ path: String) throws -> [BarReading] {
        try read(path, plain: { [try $0.read(path)] }, found: { try $0.readAll(path) })
    }

    private mutating func read<Result>(
        _ path: String, plain: (inout any BarFormat) throws -> Result,
        found: (inout FoundBarsReader) throws -> Result
    ) throws -> Result {
        func findDialect() throws -> Result {
            var reader = try FoundBarsReader(spec)
            return try found(&reader)
        }
        // What somebody says of how files are written goes to the readers that find dialects.
        if spec.files != FileDescription() { return try findDialect() }
        let format = try BarReader.format(of: path)
        if format == FoundBarsReader.self { return try findDialect() }
        // The reader of the commonest format is kept, with what its zone remembers.
        guard format == BarCSVReader.self else {
            var reader: any BarFormat = try format.init(spec)
            return try plain(&reader)
        }
        do {
            var reader: any BarFormat = csv
            defer { if let kept = reader as? BarCSVReader { csv = kept } }
            return try plain(&reader)
        } catch let error as Failure where error.code == "data.header" {
            // No plain dialect; another one may be found, and what is found is said.
            do {
                return try findDialect()
            } catch let other as Failure where other.code == "data.format" || other.code == "data.header" {
                throw error
            }
        }
    }

    /// Files of bars below a directory, or the file itself; sorted.
    ///
    /// - Parameter passesOver: whether files that nobody reads may lie there, because the caller names them itself.
    /// - Throws: ``FileError`` when there is nothing, ``Failure`` with code `data.no-files` for a directory without
    ///   bars, with code `data.unread-files` for one with files that would be read by nobody.
    package static func files(at path: String, passesOver: Bool = false) throws -> [String] {
        guard Paths.exists(path) else { throw FileError("open", path, number: 2) }
        guard Paths.isDirectory(path) else { return [path] }
        let suffixes = MarketFormats.bars.flatMap { $0.suffixes } + jsonSuffixes
        let all = try Paths.files(below: path)
        let files = all.filter { file in !isCompanion(file) && suffixes.contains { file.hasSuffix($0) } }
        guard !files.isEmpty else {
            throw Failure(
                "data.no-files", "found no \(suffixes.joined(separator: " or ")) file in '\(path)'",
                hint: "check the directory")
        }
        if !passesOver { try UnreadFiles.requireNone(in: all, read: files, at: path, what: "bars") }
        return files.map { Paths.join(path, $0) }
    }

    /// Endings of files that are looked at in a directory; which of several formats one has, its content says.
    private static let jsonSuffixes = [".json", ".json.gz"]

    /// The end of the name of a file of corporate actions, which lies beside bars and holds none.
    package static let actionsSuffix = "_actions.csv"

    /// Whether a file lies beside bars and says something of them: corporate actions, where they come from.
    package static func isCompanion(_ path: String) -> Bool {
        path.hasSuffix(actionsSuffix) || path.hasSuffix(".provenance.json")
    }

    /// The instrument that a file's name says: `data/AAPL_5min.csv.gz` is `AAPL`, `BRK_A_1d.csv` is `BRK_A`.
    package static func instrument(of path: String) -> String { BarFileName(path).instrument }

    private static func format(of path: String) throws -> any BarFormat.Type {
        let formats = MarketFormats.bars
        if let named = formats.first(where: { $0.suffixes.contains { path.hasSuffix($0) } }) { return named }
        let head = try FoundFiles.head(of: path, count: headSize)
        return formats.first { $0.recognises(head) } ?? BarCSVReader.self
    }
}
