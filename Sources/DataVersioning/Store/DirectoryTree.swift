import Basics

/// A directory by content: relative path and MD5 of every file, as DVC's `.dir` objects hold it.
package struct DirectoryTree: Sendable, Equatable {
    package struct File: Sendable, Equatable {
        package var path: String
        package var md5: String

        package init(path: String, md5: String) {
            self.path = path
            self.md5 = md5
        }
    }

    /// Sorted by code points of the path.
    package private(set) var files: [File]

    package init(_ files: [File]) {
        self.files = files.sorted { $0.path.unicodeScalars.lexicographicallyPrecedes($1.path.unicodeScalars) }
    }

    /// - Throws: ``Failure`` when a path would leave the directory or an entry is malformed.
    package init(_ bytes: [UInt8], file: String) throws {
        let node = try JSONParser.parse(bytes, file: file)
        guard let items = node.listValue else { throw Failure("data.tree", "found \(node.kindName) in '\(file)', expected a list") }
        self.init(
            try items.map { item in
                guard let path = item[key: "relpath"]?.stringValue, let md5 = item[key: "md5"]?.stringValue, md5.count == 32,
                    md5.allSatisfy(\.isHexDigit), !path.hasPrefix("/"), !path.split(separator: "/").contains("..")
                else { throw Failure("data.tree", "found a malformed entry in the directory listing '\(file)'") }
                return File(path: path, md5: md5)
            })
    }

    /// The object's bytes: canonical JSON, no newline.
    package var bytes: [UInt8] {
        Array(JSONValue.list(files.map { .map(["md5": .string($0.md5), "relpath": .string($0.path)]) }).text(.canonical).utf8)
    }

    package var md5: String { Digest.md5(bytes) + ".dir" }
}
