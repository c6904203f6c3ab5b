import Basics
import Foundation

/// Makes a workspace file out of a cache object without copying its bytes.
enum Linker {
    /// `FICLONE` of Linux: both files share their blocks until one is written.
    private static let cloneRequest: UInt = 0x4004_9409

    /// Whether a type of link works between the object and a probe path on the workspace's file system.
    static func works(_ type: LinkType, from object: String, probe: String) -> Bool {
        switch type {
        case .copy, .symlink: return true
        case .hardlink, .reflink:
            unlink(probe)
            defer { unlink(probe) }
            guard (try? Paths.makeDirectory(Paths.parent(probe))) != nil else { return false }
            return type == .hardlink ? Foundation.link(object, probe) == 0 : clone(object, probe, mode: 0o600)
        }
    }

    /// Appears under its name at once, over whatever file stood there.
    static func link(_ type: LinkType, from object: String, to path: String, by temporary: String, isExecutable: Bool)
        throws
    {
        unlink(temporary)
        let isMade: Bool
        switch type {
        case .hardlink: isMade = Foundation.link(object, temporary) == 0
        case .symlink: isMade = Foundation.symlink(Paths.absolute(object), temporary) == 0
        case .reflink: isMade = clone(object, temporary, mode: isExecutable ? 0o766 : 0o666)
        case .copy: isMade = false
        }
        guard isMade else { throw FileError("link to", object) }
        // Renaming one hard link over another of the same file does nothing and leaves the first.
        var mine = stat(), theirs = stat()
        if type == .hardlink, stat(path, &theirs) == 0, stat(temporary, &mine) == 0, mine.st_ino == theirs.st_ino,
            mine.st_dev == theirs.st_dev
        {
            unlink(temporary)
            return
        }
        guard rename(temporary, path) == 0 else {
            let error = FileError("rename to", path)
            unlink(temporary)
            throw error
        }
    }

    private static func clone(_ object: String, _ path: String, mode: mode_t) -> Bool {
        let source = open(object, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { return false }
        defer { close(source) }
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard target >= 0 else { return false }
        defer { close(target) }
        if ioctl(target, cloneRequest, source) == 0 { return true }
        unlink(path)
        return false
    }
}
