import Basics
import Tables

/// The rows of a LOBSTER file as a canonical table.
final class LobsterRows: ChunkSource {
    let fields: [Field]
    private let file: LobsterFile
    private let table: CanonicalKind
    private let messages: LobsterMessages
    private var books: BookRows?
    private var check: LobsterCheck
    private var builder: CanonicalBuilder
    private var zone: ExchangeZone
    private let midnight: Nanoseconds
    private let row: UnsafeMutableBufferPointer<Int64>

    init(_ file: LobsterFile, _ table: CanonicalKind) throws {
        (self.file, self.table) = (file, table)
        fields = CanonicalFields.fields(
            table, priceDecimals: LobsterReader.priceDecimals, sizeDecimals: 0, levels: file.levels)
        builder = CanonicalBuilder(table, fields: fields, file: file.path)
        zone = try ExchangeZone(LobsterReader.zone)
        midnight = Int64(file.name.date.daysSince1970) * 86_400_000_000_000
        messages = try LobsterMessages(file.messagePath)
        books = table == .bookSnapshots ? try BookRows(path: file.path, width: 4 * file.levels) : nil
        check = LobsterCheck(messages: file.messagePath, books: file.path, isStrict: true)
        row = .allocate(capacity: 4 * file.levels)
        row.initialize(repeating: 0)
    }

    deinit { row.deallocate() }

    func next() throws -> TableChunk? {
        while builder.rowCount < TableChunk.usualRows {
            guard let message = try messages.next() else {
                if try books?.next(into: row) == true {
                    throw fault(books?.line ?? 0, "found more rows than in the message file")
                }
                return builder.rowCount > 0 ? builder.take() : nil
            }
            try add(message)
        }
        return builder.take()
    }

    private func fault(_ line: Int, _ reason: String) -> MarketDataError {
        let mark = SourceMark(file: file.path, line: line, column: 1)
        return MarketDataError(
            file: file.path, issues: [RowIssue(.value, mark: mark, reason: reason, action: "")], total: 1)
    }

    private func add(_ message: LobsterMessage) throws {
        var position = messages.line
        if books != nil {
            guard try books?.next(into: row) == true else {
                throw fault(
                    (books?.line ?? 0) + 1,
                    "found the end of the file, expected a row for line \(position) of the message file")
            }
            try check.add(message, UnsafeBufferPointer(row), line: books?.line ?? 0, messageLine: position)
            position = books?.line ?? position
        }
        let place = CanonicalBuilder.Place(
            time: zone.utc(midnight + message.time), instrument: file.name.instrument, position: position)
        switch table {
        case .bookSnapshots: builder.add(place, cells: levels)
        case .trades: addTrade(place, message)
        default: addChange(place, message)
        }
    }

    /// Of the row of the book: empty cells where a level is not there.
    private var levels: [CanonicalBuilder.Cell] {
        row.indices.map { row[$0 | 1] == 0 ? .empty : .integer(row[$0]) }
    }

    private func addTrade(_ place: CanonicalBuilder.Place, _ message: LobsterMessage) {
        let side: CanonicalBuilder.Cell, condition: CanonicalBuilder.Cell
        switch message.code {
        case .execution: (side, condition) = (.integer(-message.side), .empty)
        case .hiddenExecution: (side, condition) = (.integer(-message.side), .text("hidden"))
        case .cross: (side, condition) = (.empty, .text("cross"))
        default: return
        }
        builder.add(place, .integer(message.price), .integer(message.size), side, .empty, condition)
    }

    private func addChange(_ place: CanonicalBuilder.Place, _ message: LobsterMessage) {
        let action = CanonicalBuilder.Cell.text(message.code.action(state: message.price).rawValue)
        switch message.code {
        case .halt: builder.add(place, action, .empty, .empty, .empty, .empty, .empty)
        case .cross:
            builder.add(place, action, .empty, .empty, .integer(message.size), .empty, .integer(message.price))
        default:
            let isTrade = message.code == .execution || message.code == .hiddenExecution
            builder.add(
                place, action, .integer(message.side), .integer(message.price), .integer(message.size),
                // A hidden order has no number; LOBSTER writes 0.
                message.orderID == 0 ? .empty : .integer(message.orderID),
                isTrade ? .integer(message.price) : .empty)
        }
    }
}
