import Basics
import Tables

/// LOBSTER's message and order-book files, found by what their rows look like.
package enum LobsterFileFormat: FileFormat {
    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        var lines = head.split(separator: 10)
        // The last line may go on behind the head.
        if lines.count > 1, head.last != 10 { lines.removeLast() }
        let rows = lines.prefix(50).map { $0.last == 13 ? $0.dropLast() : $0 }.filter { !$0.isEmpty }
        guard let first = rows.first else { return nil }
        if isMessage(first) { return try LobsterFile(messages: path, rows.contains(where: hasLongTime)) }
        let books = rows.map(numbers)
        guard let width = books[0]?.count, books.allSatisfy({ $0.map(isBook) ?? false && $0?.count == width }) else {
            return nil
        }
        return try LobsterFile(books: path, levels: width / 4)
    }

    private static func isMessage(_ line: ArraySlice<UInt8>) -> Bool {
        line.withUnsafeBufferPointer { (try? LobsterMessage($0)) != nil }
    }

    private static func hasLongTime(_ line: ArraySlice<UInt8>) -> Bool {
        guard let point = line.firstIndex(of: UInt8(ascii: ".")) else { return false }
        return line[(point + 1)...].prefix { $0 &- 48 < 10 }.count > 9
    }

    private static func numbers(_ line: ArraySlice<UInt8>) -> [Int64]? {
        var out: [Int64] = []
        for cell in line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard cell.count <= 19, let number = Int64(String(decoding: cell, as: UTF8.self)) else { return nil }
            out.append(number)
        }
        return out
    }

    /// Whether numbers are ask price, ask size, bid price, bid size of level after level, best first.
    private static func isBook(_ row: [Int64]) -> Bool {
        guard row.count % 4 == 0, (4...4000).contains(row.count) else { return false }
        var ask = Int64.min, bid = Int64.max, askIsOpen = true, bidIsOpen = true
        for level in 0..<(row.count / 4) {
            let cells = row[(4 * level)..<(4 * level + 4)], at = cells.startIndex
            if cells[at + 1] == 0 {
                guard cells[at] == LobsterBook.noAsk else { return false }
                askIsOpen = false
            } else {
                guard askIsOpen, cells[at + 1] > 0, cells[at] > max(ask, 0) else { return false }
                ask = cells[at]
            }
            if cells[at + 3] == 0 {
                guard cells[at + 2] == LobsterBook.noBid else { return false }
                bidIsOpen = false
            } else {
                guard bidIsOpen, cells[at + 3] > 0, cells[at + 2] > 0, cells[at + 2] < bid else { return false }
                bid = cells[at + 2]
            }
        }
        let best = (ask: row[0], bid: row[2])
        return row[1] == 0 || row[3] == 0 || best.ask > best.bid
    }
}

/// Facts of order-book rows.
enum LobsterBook {
    /// Prices of levels that are not there.
    static let noAsk: Int64 = 9_999_999_999
    static let noBid: Int64 = -9_999_999_999
}

/// A LOBSTER file that was found at a path.
struct LobsterFile: FoundFile {
    let kindName: String
    let tables: [CanonicalKind]
    let notes: [String]
    let path: String
    /// The file that has the times.
    let messagePath: String
    let name: LobsterName
    /// Of a book file.
    let levels: Int

    private static func shared(_ name: LobsterName) -> [String] {
        [
            "instrument \(name.instrument) and date \(name.date) are those of the file's name",
            "times are seconds after midnight in \(LobsterReader.zone); prices are dollars × 10,000",
        ]
    }

    init(messages path: String, _ hasLongTimes: Bool) throws {
        (self.path, messagePath, levels) = (path, path, 0)
        name = try LobsterName(path)
        kindName = "LOBSTER message file"
        tables = [.bookChanges, .trades]
        var notes = LobsterFile.shared(name)
        if hasLongTimes { notes.append("times of more than nine decimals are rounded to nanoseconds") }
        notes.append("the side of a trade is opposite to that of the order it took; auctions have none")
        self.notes = notes
    }

    /// - Throws: ``Failure`` with codes `data.book-name`, `data.book-pair` where the file with the times is missing.
    init(books path: String, levels: Int) throws {
        (self.path, self.levels) = (path, levels)
        name = try LobsterName(path)
        guard let messages = LobsterName.other(of: path), Paths.exists(messages) else {
            throw Failure(
                "data.book-pair",
                "found the order books '\(path)' and not the message file "
                    + "'\(LobsterName.other(of: path) ?? "…_message_…")', which has their times",
                hint: "put the message file beside it; message and orderbook files belong together")
        }
        if let stated = name.levels, stated != levels {
            throw Failure(
                "data.book-name", "found \(levels) levels in '\(path)', whose name says \(stated)",
                hint: "keep the names LOBSTER gave")
        }
        messagePath = messages
        kindName = "LOBSTER order book file, \(levels) level\(levels == 1 ? "" : "s")"
        tables = [.bookSnapshots]
        notes =
            LobsterFile.shared(name) + [
                "times are those of the same rows of '\(Paths.name(messages))'",
                "a row is the book after the message of the same row; levels that are not there are empty",
            ]
    }

    func read(_ table: CanonicalKind) throws -> any ChunkSource {
        guard tables.contains(table) else {
            throw Failure(
                "data.format", "found a \(kindName) in '\(path)', which has no \(table.rawValue)",
                hint: "read it as \(tables.map(\.rawValue).joined(separator: ", "))")
        }
        return try LobsterRows(self, table)
    }
}
