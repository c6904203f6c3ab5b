import Basics

/// The names of files that Git tracks, read from its index: a trading host has no Git library, and asks this one
/// question.
///
/// Versions 2 to 4 of the format (`gitformat-index`). Linear in the size of the index. Of a split index, a setting of the
/// clone itself, which nobody can push, only what changed since it was split is seen.
package enum GitIndexNames {
    /// Tracked files below a directory, relative to it.
    ///
    /// - Returns: none where no repository lies around it, or where its index cannot be read.
    package static func below(_ directory: String) -> [String] {
        guard let root = root(around: directory) else { return [] }
        let place = place(of: root)
        guard let bytes = try? FileChunks.bytes(Paths.join(place, "index")) else { return [] }
        let prefix = directory == root ? "" : String(directory.dropFirst(root == "/" ? 1 : root.count + 1)) + "/"
        let wanted = Array(prefix.utf8)
        var found: [String] = []
        each(bytes, digestBytes: usesSHA256(place) ? 32 : 20) { name in
            guard name.starts(with: wanted) else { return }
            found.append(String(decoding: name.dropFirst(wanted.count), as: UTF8.self))
        }
        return found
    }

    /// The index of the repository around a directory; nil where none lies around it.
    static func file(around directory: String) -> String? {
        root(around: directory).map { Paths.join(place(of: $0), "index") }
    }

    private static func root(around directory: String) -> String? {
        var root = directory
        while !Paths.exists(Paths.join(root, ".git")) {
            let parent = Paths.parent(root)
            guard parent != root, !parent.isEmpty else { return nil }
            root = parent
        }
        return root
    }

    /// Where the repository's own files lie: of a worktree elsewhere, which `.git` says.
    private static func place(of root: String) -> String {
        let file = Paths.join(root, ".git")
        guard !Paths.isDirectory(file), let bytes = try? FileChunks.bytes(file),
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first,
            line.hasPrefix("gitdir: ")
        else { return file }
        return Paths.join(root, String(line.dropFirst("gitdir: ".count)))
    }

    private static func usesSHA256(_ place: String) -> Bool {
        // A worktree's settings are the repository's.
        let shared = (try? FileChunks.text(Paths.join(place, "commondir"))).flatMap { $0.split(separator: "\n").first }
        let settings = Paths.join(shared.map { Paths.join(place, String($0)) } ?? place, "config")
        guard let bytes = try? FileChunks.bytes(settings) else { return false }
        return String(decoding: bytes, as: UTF8.self).lowercased().split(separator: "\n").contains {
            $0.filter { !$0.isWhitespace } == "objectformat=sha256"
        }
    }

    /// Calls with the name of each entry, as far as the index makes sense.
    package static func each(_ bytes: [UInt8], digestBytes: Int, _ body: ([UInt8]) -> Void) {
        func number(_ at: Int, _ width: Int) -> Int { bytes[at..<at + width].reduce(0) { $0 << 8 | Int($1) } }
        guard bytes.count >= 12, Array(bytes[0..<4]) == Array("DIRC".utf8) else { return }
        let version = number(4, 4)
        guard (2...4).contains(version) else { return }
        var at = 12, name: [UInt8] = []
        for _ in 0..<number(8, 4) {
            let flags = at + 40 + digestBytes
            guard flags + 4 <= bytes.count else { return }
            var next = flags + 2 + (version >= 3 && number(flags, 2) & 0x4000 != 0 ? 2 : 0)
            if version == 4 {
                guard let (dropped, end) = distance(bytes, next), dropped <= name.count else { return }
                name.removeLast(dropped)
                next = end
            } else {
                name = []
            }
            guard next <= bytes.count, let end = bytes[next...].firstIndex(of: 0) else { return }
            name += bytes[next..<end]
            body(name)
            // The others are padded to eight bytes, with one at least.
            at = version == 4 ? end + 1 : at + (end - at + 8) / 8 * 8
        }
    }

    /// A number of as many bytes as it needs, and where it ends.
    private static func distance(_ bytes: [UInt8], _ start: Int) -> (Int, Int)? {
        var at = start, value = 0
        while at < bytes.count, at - start < 5 {
            value = value << 7 | Int(bytes[at] & 0x7f)
            at += 1
            guard bytes[at - 1] & 0x80 != 0 else { return (value, at) }
            value += 1
        }
        return nil
    }
}
