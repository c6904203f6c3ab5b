package import Foundation

/// Directories that a group shares: set-group-ID and writable by the group (`chmod 2775`), as a team makes one for its
/// registry. What is made in them can be written by the group too, whatever the umask of whoever came first, as Git
/// does with `core.sharedRepository = group`.
package enum SharedDirectory {
    /// The mode of a new file in a directory: the one given; in a shared one the group has the rights of the owner.
    /// Files that nobody but their owner may see (`0600`) stay so.
    package static func mode(_ mode: mode_t, in directory: String) -> mode_t {
        guard mode & 0o077 != 0, isShared(directory) else { return mode }
        return mode | (mode & 0o600) >> 3
    }

    /// Whether a group shares a directory.
    package static func isShared(_ directory: String) -> Bool {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
        return status.st_mode & S_ISGID != 0 && status.st_mode & S_IWGRP != 0
    }

    /// Makes an empty file in a shared directory where there is none yet, for those who would make it for themselves.
    ///
    /// - Throws: ``FileError``. In a directory that is not shared nothing happens.
    package static func prepare(_ file: String) throws {
        let directory = Paths.parent(file)
        guard isShared(directory) else { return }
        guard access(file, F_OK) != 0 else { return }
        // Under its name it has its mode from the first moment on: somebody else may open it at once.
        let temporary = "\(directory)/.\(Paths.name(file)).tmp-\(getpid())-\(UInt32.random(in: .min ... .max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", temporary) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        guard fchmod(descriptor, mode(0o644, in: directory)) == 0 else { throw FileError("set the mode of", temporary) }
        guard link(temporary, file) == 0 || errno == EEXIST else { throw FileError("create", file) }
    }
}
