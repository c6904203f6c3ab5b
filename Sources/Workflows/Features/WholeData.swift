import Basics
import DataVersioning

/// Recorded data of which only a part is here, as after `pull --where`: whoever reads the directory would take the part
/// for all of it.
enum WholeData {
    /// Files of recorded directories at or below a path that are not in the workspace.
    struct Absence: Equatable {
        /// The directory under version control, relative to the workspace.
        var directory: String
        /// Relative to the workspace.
        var absent: [String]
        var recorded: Int
    }

    /// - Returns: a directory each; nothing for data that is not under version control, is all here, is not here at
    ///   all, or whose listing is not in the cache.
    /// - Complexity: O(files of the listings).
    static func absences(at path: String, session: Session) throws -> [Absence] {
        guard Paths.isDirectory(path) else { return [] }
        let workspace = session.workspace, items: [TrackedData]
        do { items = try workspace.trackedData([path]) } catch let failure as Failure
            where ["data.unknown-target", "data.outside"].contains(failure.code)
        { return [] }
        return try items.compactMap { item in
            let entry = item.entry
            guard entry.isDirectory, !entry.isLegacy, workspace.store.contains(entry.md5) else { return nil }
            let tree = try workspace.store.tree(entry.md5, for: item.path)
            let names = item.part.map { tree.positions(of: $0) } ?? Array(0..<tree.count)
            let absent = names.map { "\(item.path)/\(tree.paths[$0])" }.filter {
                !Paths.exists("\(workspace.root)/\($0)")
            }
            guard !absent.isEmpty, absent.count < names.count else { return nil }
            return Absence(directory: item.meant, absent: absent, recorded: names.count)
        }
    }

    /// - Throws: ``Failure`` with code `features.partial` where recorded files are not here.
    static func require(_ path: String, session: Session) throws {
        guard let first = try absences(at: path, session: session).first else { return }
        throw Failure(
            "features.partial",
            "found \(first.recorded - first.absent.count) of the \(first.recorded) recorded files of "
                + "'\(first.directory)' here; '\(first.absent[0])' is one that is not",
            hint: "fetch the others: hftml pull '\(first.directory)'; or say that a part is meant: --partial")
    }
}
