import Basics

/// LOBSTER's pairs of message and order-book files (lobsterdata.com).
package enum LobsterFormat: BookFormat {
    /// Whether a message file is there by name, or the book file of one.
    package static func isAt(_ path: String) -> Bool { !messageNames(at: path).isEmpty }

    /// Pairs in a directory, or the pair a file belongs to, in order of name.
    ///
    /// - Throws: ``Failure`` when a message file has no book file beside it, or there is none at all; with code
    ///   `data.unread-files` for a directory with files that would be read by nobody.
    package static func recordings(at path: String) throws -> [any BookSource] { try pairs(at: path) }

    /// The same as readers.
    package static func pairs(at path: String) throws -> [LobsterReader] {
        let directory = Paths.isDirectory(path) ? path : Paths.parent(path)
        let pairs = try messageNames(at: path).map { try LobsterReader(directory: directory, messageName: $0) }
        guard !pairs.isEmpty else {
            throw Failure(
                "data.no-books", "found no LOBSTER message file in '\(path)'",
                hint: "names look like GOOG_2012-06-21_34200000_57600000_message_10.csv")
        }
        if Paths.isDirectory(path) {
            let read = pairs.flatMap { [$0.messagePath, $0.bookPath] }.map(Paths.name)
            try UnreadFiles.requireNone(in: try Paths.files(below: path), read: read, at: path, what: "books")
        }
        return pairs
    }

    private static func messageNames(at path: String) -> [String] {
        let names =
            Paths.isDirectory(path)
            ? ((try? Paths.entries(path)) ?? []).sorted()
            : [Paths.name(path).replacing("_orderbook_", with: "_message_")]
        return names.filter { $0.contains("_message_") && ($0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz")) }
    }
}
