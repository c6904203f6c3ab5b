import Basics
import DataVersioning
import MarketData

/// Which instrument a file holds, where a recorded pattern of names says it: `{date:%Y-%m-%d}_{symbol}.csv.gz`.
enum RecordedInstruments {
    /// Fields of a pattern that name the instrument; the first that a pattern has.
    static let fields = ["symbol", "instrument", "ticker"]

    /// Files of bars at a path with what pointers say of their names.
    ///
    /// - Throws: as ``BarReader/files(at:)`` and ``BarFiles/init(_:named:)``, and ``Failure`` with code
    ///   `partition.name` for a name that the recorded pattern reads in two ways, or what is wrong with a pointer of
    ///   these files.
    static func files(at path: String, session: Session) throws -> BarFiles {
        try files(try BarReader.files(at: path), session: session)
    }

    /// The same for files that are known.
    ///
    /// - Parameter session: nil outside a workspace, where nothing is recorded.
    /// - Throws: as ``BarFiles/init(_:named:)``, and ``Failure`` with code `partition.name` for a name that the
    ///   recorded pattern reads in two ways.
    static func files(_ paths: [String], session: Session?) throws -> BarFiles {
        guard let session else { return try BarFiles(paths) }
        let names = try names(of: paths, session: session)
        return try BarFiles(paths) { names[$0] }
    }

    private static func names(of paths: [String], session: Session) throws -> ExactMap<String> {
        let tracked = try session.workspace.tracked(), shown = paths.map { session.workspace.shown(Paths.absolute($0)) }
        // A pointer that cannot be read may say what these names mean: another rule would be another instrument.
        for file in tracked.unreadable where file.path.hasSuffix(".dvc") {
            let data = String(decoding: file.path.utf8.dropLast(4), as: UTF8.self)
            if shown.contains(where: { $0.isAtOrBelow(data) }) { throw file.failure }
        }
        let patterns = try tracked.data.compactMap { item in
            try PartitionedData(item.entry).map { (directory: item.path, pattern: $0.pattern) }
        }
        var names: ExactMap<String> = [:], origins = Origins()
        for (path, place) in zip(paths, shown) {
            let recorded = patterns.first { place.isBelow($0.directory) }.map {
                (name: place.part(below: $0.directory), pattern: $0.pattern)
            }
            guard let (name, pattern) = try recorded ?? origins.place(of: Paths.absolute(path)),
                let key = try pattern.key(of: name), let value = fields.lazy.compactMap({ key[$0] }).first
            else { continue }
            names[path] = value.description
        }
        return names
    }

    /// What `get` left beside directories, each looked at once.
    private struct Origins {
        private var known: [String: (pattern: PartitionPattern, part: String?)?] = [:]

        /// The name that a file had where it was taken from, and the pattern of such names.
        mutating func place(of path: String) throws -> (name: String, pattern: PartitionPattern)? {
            var directory = Paths.parent(path)
            while directory.utf8.count > 1 {
                if known[directory] == nil {
                    let origin = try ExtractedSource(beside: directory)
                    known[directory] = .some(try origin.map { (try PartitionPattern($0.pattern), $0.part) })
                }
                if let found = known[directory], let found {
                    let below = String(decoding: path.utf8.dropFirst(directory.utf8.count + 1), as: UTF8.self)
                    return (found.part.map { "\($0)/\(below)" } ?? below, found.pattern)
                }
                let parent = Paths.parent(directory)
                if parent == directory { break }
                directory = parent
            }
            return nil
        }
    }
}
