import Basics
import Tables

/// Order books in whatever file ``FoundFiles`` finds: book changes, book snapshots, and quotes as books of one level.
package enum FoundBooks: BookFormat {
    /// Takes the files that hold books; the reason of an only file is told.
    ///
    /// - Throws: what ``FoundFiles`` says of a damaged file; ``Failure`` with code `data.no-books` for an only one
    ///   without books, with code `data.zone` for one whose times name no zone.
    package static func feeds(of files: inout [String], _ request: BookRequest) throws -> [any BookFeed] {
        var feeds: [any BookFeed] = [], taken: Set<String> = [], others: [String] = []
        for file in files.sorted() where !taken.contains(file) {
            do {
                let feed = try FoundBookFeed(file, request)
                taken.formUnion(feed.paths)
                feeds.append(feed)
            } catch let error as Failure
                where files.count > 1 && (error.code == "data.no-books" || error.code == "data.format")
            {
                others.append(file)
            }
        }
        files = others
        return feeds
    }

    /// The canonical table that a file holds books in; nil where it holds none.
    static func table(_ file: any FoundFile) -> CanonicalKind? {
        file.tables.first { [.bookSnapshots, .bookChanges, .quotes].contains($0) }
    }

    /// Names that tables of changes and of snapshots of the same events have.
    private static let pairs = [("changes", "snapshots"), ("_message_", "_orderbook_")]

    /// The file beside a file that holds the other half of its events, by name.
    static func partner(of path: String) -> String? {
        let name = Paths.name(path)
        for (changes, snapshots) in pairs {
            for (one, other) in [(changes, snapshots), (snapshots, changes)] where name.contains(one) {
                let partner = Paths.join(Paths.parent(path), name.replacing(one, with: other))
                if partner != path, Paths.exists(partner) { return partner }
            }
        }
        return nil
    }
}

/// The books of one file, or of a table of changes and the table of the books after each of them.
///
/// - Complexity: memory is a chunk of rows, the levels of every book and, for changes of orders, the orders that live.
package struct FoundBookFeed: BookFeed {
    package let path: String
    package let notes: [String]
    /// The books after the changes of ``path``, where another file holds them.
    private let snapshotPath: String?
    private let table: CanonicalKind
    private let request: BookRequest

    /// All files that are read.
    var paths: [String] { [path] + (snapshotPath.map { [$0] } ?? []) }

    /// Looks at the front of a file.
    init(_ path: String, _ request: BookRequest) throws {
        let found = try FoundBookFeed.find(path, request)
        guard let table = FoundBooks.table(found) else {
            throw Failure(
                "data.no-books", "found no order books in '\(path)', a \(found.kindName)",
                hint: "take it out of the data, or name the files with books")
        }
        guard !found.isZoneAssumed else {
            throw Failure(
                "data.zone", "found times that name no zone in '\(path)', a \(found.kindName)",
                hint: "say theirs in a market file, and name it: --market market.yaml")
        }
        self.request = request
        var notes = found.notes.map { "\(path): \($0)" }
        let other: (path: String, file: any FoundFile)? =
            try table == .quotes
            ? nil : FoundBooks.partner(of: path).map { ($0, try FoundBookFeed.find($0, request)) }
        if let other, let otherTable = FoundBooks.table(other.file), otherTable != .quotes, otherTable != table {
            let isChanges = table == .bookChanges
            (self.path, snapshotPath, self.table) = (
                isChanges ? path : other.path, isChanges ? other.path : path, .bookChanges
            )
            notes += other.file.notes.map { "\(other.path): \($0)" }
            notes.append(
                "\(self.path): its rows are the changes that led to the books of the same rows of '"
                    + "\(Paths.name(snapshotPath ?? ""))', by their names")
        } else {
            (self.path, snapshotPath, self.table) = (path, nil, table)
        }
        self.notes = notes
    }

    private static func find(_ path: String, _ request: BookRequest) throws -> any FoundFile {
        try FoundFiles.find(
            path, described: request.market?.files ?? FileDescription(), zone: request.market?.zone,
            interval: request.market?.interval)
    }

    package func read(_ body: (BookInstrument, BookEvent) throws -> Void) throws {
        let source = try FoundBookFeed.find(path, request).read(table)
        if let snapshotPath {
            let books = try FoundBookFeed.find(snapshotPath, request).read(.bookSnapshots)
            return try BookPairEvents(path, source, snapshotPath, books, request).read(body)
        }
        switch table {
        case .bookChanges: try BookChangeEvents(path, source, request).read(body)
        case .quotes: try QuoteEvents(path, source, request).read(body)
        default: try BookSnapshotEvents(path, source, request).read(body)
        }
    }
}
