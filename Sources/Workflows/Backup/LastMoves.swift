import Basics
import Foundation

/// The renames of a restore's last step: none takes the place of anything, and where one of them is refused those
/// before it are taken back.
package struct LastMoves {
    private var done: [(from: String, to: String)] = []

    package init() {}

    /// Moves a file or a directory to where nothing stands.
    ///
    /// - Throws: ``FileError``; ``Failure`` with code `backup.not-empty` where something stands, also what came after
    ///   anybody looked.
    package mutating func move(_ source: String, to path: String) throws {
        try Paths.makeDirectory(Paths.parent(path))
        guard try LastMoves.rename(source, to: path) else {
            throw Failure(
                "backup.not-empty",
                "found something in the place of '\(path)': it came while the backup was being restored, or is a link "
                    + "that leads nowhere",
                hint: "look at it; what nobody needs, move away: mv '\(path)' '\(path).aside'; then restore again",
                exitStatus: .refused)
        }
        done.append((source, path))
    }

    /// Undoes what was moved, the last first.
    ///
    /// - Returns: what could not be moved back and stays where it came to.
    package mutating func takeBack() -> [String] {
        defer { done = [] }
        return done.reversed().compactMap { move in
            // What is there no more needs no way back: SQLite takes its log away itself.
            !Paths.exists(move.to) || (try? LastMoves.rename(move.to, to: move.from)) == true ? nil : move.to
        }
    }

    /// In one step, so that nothing that comes meanwhile is written over: a second name is given only where there is
    /// none, and a directory takes no place but that of an empty one.
    ///
    /// - Returns: false where something stands there.
    private static func rename(_ source: String, to path: String) throws -> Bool {
        if Paths.isRealDirectory(source) {
            if Foundation.rename(source, path) == 0 { return true }
            guard [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno) else { throw FileError("rename to", path) }
            return false
        }
        if link(source, path) == 0 {
            guard unlink(source) == 0 else { throw FileError("remove", source) }
            return true
        }
        if errno == EEXIST { return false }
        // Not every file system knows second names; where it does not, it is asked first.
        guard [EPERM, ENOTSUP, ENOSYS, EMLINK].contains(errno) else { throw FileError("rename to", path) }
        var info = stat()
        guard lstat(path, &info) != 0 else { return false }
        guard Foundation.rename(source, path) == 0 else { throw FileError("rename to", path) }
        return true
    }
}
