package import Foundation

/// Files that this program keeps under names which others can know beforehand: half-done downloads, journals, the locks
/// of stages.
///
/// Git brings symbolic links like any other file. One in the place of such a file would let whoever committed it choose
/// what is written over: a private key, a shell's start file. So these are opened through no link, and what is opened
/// is looked at before a byte is written. The same goes for files that are read to be written again, which other people
/// get: a link would have them get what it leads to.
package enum OwnFile {
    private static let always = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK

    /// Opens a regular file with one name, and makes it where there is none. What another user made is not written to,
    /// but taken away first.
    ///
    /// - Parameters:
    ///   - flags: such as `O_WRONLY | O_APPEND`. Not `O_TRUNC`, which cuts off before anybody has looked.
    ///   - isShared: whether one that another user made will do.
    /// - Returns: a descriptor, to be closed by the caller.
    /// - Throws: ``Failure`` with code `file.special` for a link and for what is no regular file; ``FileError``.
    package static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o644, isShared: Bool = false) throws
        -> Int32
    {
        while true {
            let made = Foundation.open(path, flags | always | O_CREAT | O_EXCL, mode)
            if made >= 0 { return made }
            guard errno == EEXIST else { throw FileError("create", path) }
            let there = Foundation.open(path, flags | always)
            if there < 0, errno == ENOENT { continue }
            guard there >= 0 else { throw errno == ELOOP ? foreign(path, "a symbolic link") : FileError("open", path) }
            var info = stat()
            let isKnown = fstat(there, &info) == 0
            if isKnown, info.st_mode & S_IFMT == S_IFREG, info.st_nlink <= 1 {
                if isShared || info.st_uid == geteuid() { return there }
                close(there)
                guard unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
                continue
            }
            close(there)
            let isFile = isKnown && info.st_mode & S_IFMT == S_IFREG
            throw foreign(path, isFile ? "a file with a second name" : "no regular file")
        }
    }

    /// Sets the mode of a regular file, not of what a link leads to.
    ///
    /// - Throws: as ``open(_:_:mode:isShared:)``.
    package static func setMode(_ path: String, _ mode: mode_t) throws {
        let descriptor = Foundation.open(path, O_RDONLY | always)
        guard descriptor >= 0 else { throw errno == ELOOP ? foreign(path, "a symbolic link") : FileError("open", path) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw foreign(path, "no regular file")
        }
        guard fchmod(descriptor, mode) == 0 else { throw FileError("set the mode of", path) }
    }

    /// Refuses a link; what is not there, and everything else, is left to whoever opens it.
    ///
    /// - Throws: ``Failure`` with code `file.special`.
    package static func requireNoLink(_ path: String) throws {
        var info = stat()
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFLNK else { return }
        throw foreign(path, "a symbolic link")
    }

    /// The text of a file that is written anew with more in it; empty where there is none.
    ///
    /// Through a link, whoever committed it would have a private key copied into a file that everybody gets.
    ///
    /// - Throws: ``Failure`` with code `file.special` for a link and for what is no regular file, `file.encoding`;
    ///   ``FileError``.
    package static func text(_ path: String) throws -> String {
        let descriptor = Foundation.open(path, O_RDONLY | always)
        if descriptor < 0, errno == ENOENT || errno == ENOTDIR { return "" }
        guard descriptor >= 0 else { throw errno == ELOOP ? foreign(path, "a symbolic link") : FileError("open", path) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw foreign(path, "no regular file")
        }
        return try FileChunks.text(path, descriptor)
    }

    /// Makes a directory of ours; one that a link leads to is none.
    ///
    /// - Throws: ``Failure`` with code `file.special` for a link; ``FileError``.
    package static func makeDirectory(_ path: String) throws {
        try requireNoLink(path)
        try Paths.makeDirectory(path)
    }

    private static func foreign(_ path: String, _ what: String) -> Failure {
        Failure(
            "file.special", "found \(what) in the place of hftml's own '\(path)'",
            hint: "nothing was written; look at it, then remove it: rm '\(path)'", exitStatus: .refused)
    }
}
