package import Basics

/// One file or directory by content: an entry of a `.dvc` file or of a lock file.
package struct DataEntry: Sendable, Equatable {
    /// Relative to the file that holds the entry.
    package var path: String
    /// MD5, with `.dir` at the end for a directory; empty for data that was never fetched.
    package var md5: String
    package var size: Int { didSet { isSizeUnknown = false } }
    /// Whether nobody knows the size, as of a pointer that was read without one; then none is written.
    package var isSizeUnknown = false
    /// Number of files of a directory.
    package var fileCount: Int?
    package var isExecutable = false
    /// Whatever the user keeps with it.
    package var meta: JSONValue?
    /// Without `hash: md5` an entry is of DVC 2 and names text files with newlines normalised.
    package var isLegacy = false
    /// False for `cache: false`: hashed, but kept by Git or by nobody.
    package var isCached = true
    /// False for `push: false`.
    package var isPushed = true
    /// A remote of its own.
    package var remote: String?
    /// The files of a directory, where the entry spells them out under `files:`; then no object may hold the listing.
    private(set) var spelled: SpelledListing?
    /// The mapping as it was read, so that keys that are not ours survive rewriting.
    private var source: JSONValue?

    /// What an output or dependency of a `.dvc` file may say; DVC refuses anything else, and so do we.
    private static let keys = [
        "md5", "size", "nfiles", "isexec", "version_id", "etag", "checksum", "hash", "path", "fs_config", "desc",
        "type", "labels", "meta", "cache", "metric", "plot",
        "persist", "remote", "push", "repo", "files", "cloud", "params", "dataset",
    ]

    package init(
        path: String, md5: String, size: Int, fileCount: Int? = nil, isExecutable: Bool = false, meta: JSONValue? = nil
    ) {
        self.path = path
        self.md5 = md5
        self.size = size
        self.fileCount = fileCount
        self.isExecutable = isExecutable
        self.meta = meta
    }

    package static func == (a: DataEntry, b: DataEntry) -> Bool {
        a.path.isExactly(b.path) && a.md5 == b.md5 && a.size == b.size && a.fileCount == b.fileCount
            && a.isExecutable == b.isExecutable && a.meta == b.meta && a.isLegacy == b.isLegacy
    }

    package var isDirectory: Bool { md5.hasSuffix(".dir") }

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: DataEntry.keys)
        guard let path = node[key: "path"]?.stringValue else {
            throw ConfigError("found an entry without 'path'", at: node.mark, code: "data.pointer")
        }
        self.path = path
        // A hash of digits alone may have been read as a number; the writer quotes such hashes.
        switch node[key: "md5"]?.kind {
        case .string(let text): md5 = text
        case .integer(let number): md5 = String(number)
        case .bigInteger(let digits): md5 = digits
        case nil, .null: md5 = ""
        default:
            throw ConfigError(
                "found \(node[key: "md5"]?.kindName ?? "nothing") for the MD5 hash of '\(path)', expected a text",
                at: node[key: "md5"]?.mark ?? node.mark, code: "data.pointer",
                hint: "put the hash into quotes: a hash that reads like a number is none")
        }
        size = node[key: "size"]?.intValue ?? 0
        isSizeUnknown = node[key: "size"]?.intValue == nil && !md5.isEmpty
        fileCount = node[key: "nfiles"]?.intValue
        isExecutable = node[key: "isexec"]?.boolValue ?? false
        meta = node[key: "meta"]
        isLegacy = node[key: "hash"] == nil && !md5.isEmpty
        isCached = try reader.bool("cache", default: true)
        isPushed = try reader.bool("push", default: true)
        remote = try reader.optionalString("remote")
        source = node
        if let spelled = try SpelledListing(node[key: "files"], of: path) {
            // As DVC: what is spelled out is what counts.
            (md5, size, fileCount) = (spelled.md5, spelled.size, spelled.tree.count)
            isSizeUnknown = false
            isLegacy = node[key: "hash"] == nil
            self.spelled = spelled
        }
        let hash = isDirectory ? md5.dropLast(4) : md5[...]
        guard md5.isEmpty || MD5Digest(hex: hash) != nil else {
            throw ConfigError(
                "found '\(md5)' for '\(path)', expected an MD5 hash", at: node[key: "md5"]?.mark ?? node.mark,
                code: "data.pointer")
        }
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw ConfigError("found an empty path", at: node[key: "path"]?.mark ?? node.mark, code: "data.pointer")
        }
    }

    /// What a `.dvc` file says of the place where a remote keeps this very content; other content is somewhere else.
    private static let placeKeys = ["version_id", "etag", "checksum", "files", "cloud"]

    /// For a `.dvc` file: keys in the order in which they were read, new ones at the end.
    package var pointerNode: JSONValue {
        let before = source.flatMap { try? DataEntry($0) }
        if let source, before == self { return source }
        let isSameContent = before.map { $0.md5 == md5 } ?? false
        var pairs: [(String, JSONValue)] = []
        // Where the same files are spelled out, they say all of it.
        if !md5.isEmpty, !(isSameContent && spelled != nil) {
            pairs.append(("md5", .string(md5)))
            if !isSizeUnknown { pairs.append(("size", .int(size))) }
            if let fileCount { pairs.append(("nfiles", .int(fileCount))) }
            if isExecutable { pairs.append(("isexec", .bool(true))) }
        }
        if !isLegacy { pairs.append(("hash", .string("md5"))) }
        pairs.append(("path", .string(path)))
        if let meta { pairs.append(("meta", meta)) }
        guard var node = source else { return .map(pairs) }
        for key in ["md5", "size", "nfiles", "isexec", "hash", "path", "meta"] {
            node[key: key] = pairs.first { $0.0 == key }?.1
        }
        if !isSameContent { for key in DataEntry.placeKeys { node[key: key] = nil } }
        return node
    }

    /// The order of a lock file; an entry that was read and names the same still is written as it was read.
    package var lockNode: JSONValue {
        if let source, (try? DataEntry(source)) == self { return source }
        var pairs: [(String, JSONValue)] = [("path", .string(path))]
        if md5.isEmpty { return .map(pairs) }
        if !isLegacy { pairs.append(("hash", .string("md5"))) }
        pairs.append(("md5", .string(md5)))
        if !isSizeUnknown { pairs.append(("size", .int(size))) }
        if let fileCount { pairs.append(("nfiles", .int(fileCount))) }
        if isExecutable { pairs.append(("isexec", .bool(true))) }
        return .map(pairs)
    }

    /// This entry with another content.
    package func holding(_ other: DataEntry) -> DataEntry {
        var copy = self
        (copy.md5, copy.size, copy.fileCount, copy.isExecutable, copy.isLegacy) = (
            other.md5, other.size, other.fileCount, other.isExecutable, other.isLegacy
        )
        (copy.isSizeUnknown, copy.spelled) = (other.isSizeUnknown, other.spelled)
        return copy
    }
}
