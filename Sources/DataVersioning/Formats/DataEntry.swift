import Basics

/// One file or directory by content: an entry of a `.dvc` file or of a lock file.
package struct DataEntry: Sendable, Equatable {
    /// Relative to the file that holds the entry.
    package var path: String
    /// MD5, with `.dir` at the end for a directory.
    package var md5: String
    package var size: Int
    /// Number of files of a directory.
    package var fileCount: Int?
    package var isExecutable = false
    /// Whatever the user keeps with it.
    package var meta: JSONValue?
    /// Without `hash: md5` an entry is of DVC 2 and names text files with newlines normalised.
    package var isLegacy = false

    package init(path: String, md5: String, size: Int, fileCount: Int? = nil, isExecutable: Bool = false, meta: JSONValue? = nil) {
        self.path = path
        self.md5 = md5
        self.size = size
        self.fileCount = fileCount
        self.isExecutable = isExecutable
        self.meta = meta
    }

    package var isDirectory: Bool { md5.hasSuffix(".dir") }

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        guard let path = node[key: "path"]?.stringValue else {
            throw ConfigError("found an entry without 'path'", at: node.mark, code: "data.pointer")
        }
        self.path = path
        // A hash of digits alone may have been read as a number; the writer quotes such hashes.
        md5 = node[key: "md5"]?.stringValue ?? node[key: "md5"]?.intValue.map(String.init) ?? ""
        size = node[key: "size"]?.intValue ?? 0
        fileCount = node[key: "nfiles"]?.intValue
        isExecutable = node[key: "isexec"]?.boolValue ?? false
        meta = node[key: "meta"]
        isLegacy = node[key: "hash"] == nil
        let hash = isDirectory ? md5.dropLast(4) : md5[...]
        guard md5.isEmpty || (hash.count == 32 && hash.allSatisfy(\.isHexDigit)) else {
            throw ConfigError("found '\(md5)' for '\(path)', expected an MD5 hash", at: node[key: "md5"]?.mark ?? node.mark, code: "data.pointer")
        }
    }

    /// The order of a `.dvc` file.
    package var pointerNode: JSONValue {
        var pairs: [(String, JSONValue)] = [("md5", .string(md5)), ("size", .int(size))]
        if let fileCount { pairs.append(("nfiles", .int(fileCount))) }
        if isExecutable { pairs.append(("isexec", .bool(true))) }
        if !isLegacy { pairs.append(("hash", .string("md5"))) }
        pairs.append(("path", .string(path)))
        if let meta { pairs.append(("meta", meta)) }
        return .map(pairs)
    }

    /// The order of a lock file.
    package var lockNode: JSONValue {
        var pairs: [(String, JSONValue)] = [("path", .string(path))]
        if !isLegacy { pairs.append(("hash", .string("md5"))) }
        pairs += [("md5", .string(md5)), ("size", .int(size))]
        if let fileCount { pairs.append(("nfiles", .int(fileCount))) }
        if isExecutable { pairs.append(("isexec", .bool(true))) }
        return .map(pairs)
    }
}
