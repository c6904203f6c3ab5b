import Basics
import Foundation

/// The names of files that Git tracks, read from its index: a trading host has no Git library, and asks this one
/// question.
///
/// Of every repository around a directory, not of the nearest alone: an operator's own `git init` further down keeps
/// the pull of the one above from nothing. Linear in the size of the index.
package enum GitIndexNames {
    /// Tracked files below a directory, relative to it.
    ///
    /// - Returns: none where no repository lies around it.
    /// - Throws: ``Failure`` with code `runtime.tracked` where an index cannot be read: nobody can tell then.
    package static func below(_ directory: String) throws -> [String] {
        var found: [String] = []
        for root in roots(around: directory) {
            let prefix = directory == root ? "" : String(directory.dropFirst(root == "/" ? 1 : root.count + 1)) + "/"
            let wanted = Array(prefix.utf8)
            found += try names(of: root) { $0.starts(with: wanted) }.map {
                String(decoding: $0.dropFirst(wanted.count), as: UTF8.self)
            }
        }
        return found
    }

    /// Changes with each index around a directory; empty where there is none. Costs a few `stat`.
    package static func stamp(around directory: String) -> String {
        roots(around: directory).map { root in
            let index = Paths.join((try? place(of: root)) ?? root, "index")
            var info = stat()
            guard stat(index, &info) == 0 else { return "\(index) \(errno)" }
            return "\(index) \(info.st_dev) \(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec)."
                + "\(info.st_mtim.tv_nsec)"
        }.joined(separator: "\n")
    }

    /// Nearest first.
    private static func roots(around directory: String) -> [String] {
        Paths.upwards(from: directory).filter { Paths.exists(Paths.join($0, ".git")) }
    }

    private static func names(of root: String, _ isWanted: ([UInt8]) -> Bool) throws -> [[UInt8]] {
        let place = try place(of: root), path = Paths.join(place, "index"), digestBytes = usesSHA256(place) ? 32 : 20
        var info = stat()
        // One that was begun has none, and a directory that is called `.git` is no repository.
        if stat(path, &info) != 0, errno == ENOENT || errno == ENOTDIR { return [] }
        let index = try read(path, root, digestBytes, [], isWanted)
        guard let base = index.base else { return index.names }
        let shared = Paths.join(place, "sharedindex.\(base.digest)")
        return try index.names + read(shared, root, digestBytes, base.dropped, isWanted).names
    }

    private static func read(
        _ path: String, _ root: String, _ digestBytes: Int, _ dropped: [Range<Int>], _ isWanted: ([UInt8]) -> Bool
    ) throws -> GitIndexFile {
        let bytes: [UInt8]
        do { bytes = try FileChunks.bytes(path) } catch { throw unknown(root, path, "\(error)") }
        guard let index = GitIndexFile(bytes, digestBytes: digestBytes, dropped: dropped, isWanted: isWanted) else {
            throw unknown(root, path, "it is none of version 2 to 4")
        }
        return index
    }

    private static func unknown(_ root: String, _ path: String, _ why: String) -> Failure {
        Failure(
            "runtime.tracked",
            "found an index of Git that cannot be read (\(why)), so that nobody can tell whether the next pull in "
                + "'\(root)' replaces what lies there",
            hint: "let the user who runs this read it: chmod a+r '\(path)'; where it can be read, have Git write it "
                + "anew: git -C '\(root)' update-index --no-split-index --index-version 2", exitStatus: .refused)
    }

    /// Where the repository's own files lie: of a worktree elsewhere, which `.git` says.
    private static func place(of root: String) throws -> String {
        let file = Paths.join(root, ".git"), mark = Array("gitdir: ".utf8)
        guard !Paths.isDirectory(file) else { return file }
        let bytes: [UInt8]
        do { bytes = try FileChunks.bytes(file) } catch { throw unknown(root, file, "\(error)") }
        guard bytes.starts(with: mark) else { throw unknown(root, file, "it names no repository") }
        var name = bytes.dropFirst(mark.count)
        while name.last == UInt8(ascii: "\n") || name.last == UInt8(ascii: "\r") { name.removeLast() }
        return Paths.join(root, String(decoding: name, as: UTF8.self))
    }

    private static func usesSHA256(_ place: String) -> Bool {
        // A worktree's settings are the repository's.
        let shared = (try? FileChunks.text(Paths.join(place, "commondir"))).flatMap { $0.textLines().first }
        let settings = Paths.join(shared.map { Paths.join(place, String($0)) } ?? place, "config")
        guard let bytes = try? FileChunks.bytes(settings) else { return false }
        return String(decoding: bytes, as: UTF8.self).lowercased().textLines().contains {
            $0.filter { !$0.isWhitespace } == "objectformat=sha256"
        }
    }
}
