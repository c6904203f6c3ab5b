import Basics

/// Files of a directory of data that nobody reads: the digest of the data covers them, so results would seem to rest on
/// them.
package enum UnreadFiles {
    /// Whether a file is no data by its name: what tools keep (hidden files, pointers), market files, corporate actions
    /// and provenance, what people write about data (README, LICENSE, sums).
    ///
    /// - Parameter path: below the directory.
    package static func isNoData(_ path: String) -> Bool {
        let name = Paths.name(path)
        return path.split(separator: "/").contains { $0.hasPrefix(".") } || BarReader.isCompanion(name)
            || [".dvc", ".yaml", ".yml", ".md"].contains { name.hasSuffix($0) }
            || ["README", "LICENSE", "SHA256SUMS"].contains { name.hasPrefix($0) }
    }

    /// - Parameters:
    ///   - all: files below the directory at `path`.
    ///   - read: those of them that are read.
    ///   - what: they are read as.
    /// - Throws: ``Failure`` with code `data.unread-files`, which names the others.
    static func requireNone(in all: [String], read: [String], at path: String, what: String) throws {
        let read = Set(read), others = all.filter { !read.contains($0) && !isNoData($0) }
        guard !others.isEmpty else { return }
        let names = others.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        let more = others.count > 5 ? " and \(others.count - 5) more" : ""
        throw Failure(
            "data.unread-files",
            "found files in '\(path)' that are not read as \(what), although they count as its data: \(names)\(more)",
            hint: "move them out of the directory, or give them the ending of what they are")
    }
}
