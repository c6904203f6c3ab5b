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
    ///   `partition.name` for a name that the recorded pattern reads in two ways.
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

    private static func names(of paths: [String], session: Session) throws -> [String: String] {
        let patterns = try session.workspace.tracked().data.compactMap { item in
            try PartitionedData(item.entry).map { (directory: item.path + "/", pattern: $0.pattern) }
        }
        guard !patterns.isEmpty else { return [:] }
        var names: [String: String] = [:]
        for path in paths {
            let shown = session.workspace.shown(Paths.absolute(path))
            guard let (directory, pattern) = patterns.first(where: { shown.hasPrefix($0.directory) }),
                let key = try pattern.key(of: String(shown.dropFirst(directory.count))),
                let value = fields.lazy.compactMap({ key[$0] }).first
            else { continue }
            names[path] = value.description
        }
        return names
    }
}
