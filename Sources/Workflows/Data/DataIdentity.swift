import Basics
import DataVersioning
import Logging
import MarketData
import Registry

/// Raw data by content: how workflows and lineage name it.
struct DataIdentity {
    let digest: String
    let label: String

    /// Hashes a file or directory through the workspace's hash state.
    ///
    /// - Parameter isRead: whether somebody learns from it: the names and digests of a directory's files are kept then,
    ///   so that a recall finds who read one of them, under version control or not.
    init(_ path: String, isRead: Bool = true, session: Session) throws {
        guard let entry = try session.workspace.entry(Paths.absolute(path), shownAs: path) else {
            throw FileError("read", path, number: 2)
        }
        digest = "md5:\(entry.md5)"
        label = session.shown(path)
        if isRead, entry.isDirectory {
            // A full disk is no reason not to build features; a recall says then what it cannot tell.
            do { try session.workspace.noteRead(Paths.absolute(path), md5: entry.md5) } catch {
                session.logger.warning("cannot keep the list of files of '\(label)': \(error)")
            }
        }
        try session.workspace.hashes.save()
    }

    var node: LineageNode { .rawData(digest, path: label) }
}
