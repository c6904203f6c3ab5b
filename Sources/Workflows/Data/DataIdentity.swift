import Basics
import DataVersioning
import MarketData
import Registry

/// Raw data by content: how workflows and lineage name it.
struct DataIdentity {
    let digest: String
    let label: String

    /// Hashes a file or directory through the workspace's hash state.
    init(_ path: String, session: Session) throws {
        guard let entry = try session.workspace.entry(Paths.absolute(path), shownAs: path) else {
            throw FileError("read", path, number: 2)
        }
        digest = "md5:\(entry.md5)"
        label = session.shown(path)
        try session.workspace.hashes.save()
    }

    var node: LineageNode { .rawData(digest, path: label) }
}
