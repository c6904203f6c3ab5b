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
    /// - Throws: as ``BarFiles/init(_:named:)``, and ``Failure`` with code `partition.name` for a name that the recorded
    ///   pattern reads in two ways.
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
        guard !patterns.isEmpty else { return [:] }
        var names: ExactMap<String> = [:]
        for (path, place) in zip(paths, shown) {
            guard let (directory, pattern) = patterns.first(where: { place.isBelow($0.directory) }),
                let key = try pattern.key(of: place.part(below: directory)),
                let value = fields.lazy.compactMap({ key[$0] }).first
            else { continue }
            names[path] = value.description
        }
        return names
    }
}
