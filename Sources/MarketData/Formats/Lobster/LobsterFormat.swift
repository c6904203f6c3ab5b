import Basics

/// LOBSTER's pairs of message and order-book files (lobsterdata.com).
package enum LobsterFormat: BookFormat {
    /// Message files by name, each with the book file beside it; canonical tables of such names are left.
    package static func feeds(of files: inout [String], _ request: BookRequest) throws -> [any BookFeed] {
        var messages: Set<String> = [], others: [String] = []
        for file in files {
            let name = Paths.name(file)
            guard let message = messageName(name), try !isCanonical(file) else {
                others.append(file)
                continue
            }
            messages.insert(Paths.join(Paths.parent(file), message))
        }
        files = others
        return try messages.sorted().map {
            try LobsterReader(directory: Paths.parent($0), messageName: Paths.name($0))
        }
    }

    /// The name of the message file that a file belongs to; nil for what LOBSTER does not name so.
    private static func messageName(_ name: String) -> String? {
        let message = name.replacing("_orderbook_", with: "_message_")
        return message.contains("_message_") && (message.hasSuffix(".csv") || message.hasSuffix(".csv.gz"))
            ? message : nil
    }

    /// Whether a file has the header of a canonical table, whatever its name.
    private static func isCanonical(_ path: String) throws -> Bool {
        guard Paths.exists(path) else { return false }
        return try FoundFiles.head(of: path, count: 18).elementsEqual("time,receive_time,".utf8)
    }

    /// Pairs in a directory, or the pair a file belongs to, in order of name.
    ///
    /// - Throws: ``Failure`` when a message file has no book file beside it, or there is none at all; with code
    ///   `data.unread-files` for a directory with files that would be read by nobody.
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
        return names.filter { $0.contains("_message_") && messageName($0) != nil }
    }
}
