import Basics

/// Finds recordings of order books, each in its format.
package enum BookReader {
    /// Recordings in a directory and those below it, or those that a file belongs to, in order of name.
    ///
    /// - Throws: ``Failure`` when a recording is incomplete, a file holds no books, or there is none at all; with code
    ///   `data.unread-files` for a directory with files that would be read by nobody.
    package static func feeds(at path: String, _ request: BookRequest = BookRequest()) throws -> [any BookFeed] {
        var files = [path]
        if Paths.isDirectory(path) {
            files = try Paths.files(below: path).filter { !UnreadFiles.isNoData($0) }.map { Paths.join(path, $0) }
        } else if !Paths.exists(path) {
            files = []
        }
        let feeds = try MarketFormats.books.flatMap { try $0.feeds(of: &files, request) }
        try UnreadFiles.requireNone(
            in: files.map { Paths.relative($0, to: path) }, read: [], at: path, what: "books")
        guard !feeds.isEmpty else {
            throw Failure(
                "data.no-books", "found no order books in '\(path)'",
                hint: "name LOBSTER files, a feed, or tables of book changes, book snapshots or quotes: hftml data "
                    + "head FILE says what a file holds")
        }
        return feeds
    }
}
