import Basics
import Tables

/// Logs of FIX messages: what was executed becomes trades.
///
/// Fields are believed one by one: that a CUSIP has several symbols, or an execution no order, is what logs look like
/// that were made anonymous or cut.
package enum FIXLogFormat: FileFormat {
    /// Lines of the front that may hold no message.
    private static let looked = 20

    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        // A program may write some lines of its own before the first message.
        guard
            head.split(separator: 10, maxSplits: looked).prefix(looked).contains(where: { FIXParser.start($0) != nil })
        else { return nil }
        return try FIXLog(path, head: head)
    }
}

/// A log that was found at a path.
struct FIXLog: FoundFile {
    let kindName: String
    let tables: [CanonicalKind] = [.trades]
    private(set) var notes: [String] = []
    private let path: String

    init(_ path: String, head: [UInt8]) throws {
        self.path = path
        let parser = FIXParser(file: path)
        var lines = head.split(separator: 10, omittingEmptySubsequences: false)
        // The last line may go on behind the head.
        if head.count >= FoundFiles.headSize { lines.removeLast() }
        var messages: [FIXMessage] = [], hasPrefix = false
        for (index, line) in lines.enumerated() where !line.isEmpty {
            let line = line.last == 13 ? line.dropLast() : line
            if let start = FIXParser.start(line), start > 0 { hasPrefix = true }
            messages += try parser.messages(Array(line), number: index + 1)
        }
        kindName = "\(messages.first?[8] ?? "FIX") log"
        let types = Dictionary(grouping: messages, by: \.type).mapValues(\.count)
        let texts = types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) of type \($0.key)" }
        notes.append("the first \(messages.count) messages: \(texts.joined(separator: ", "))")
        let unchecked = messages.count { !$0.isChecked }
        if unchecked > 0 {
            notes.append(
                "\(unchecked) of them have BodyLength 0 and CheckSum 0, as logs that were edited: they cannot be "
                    + "checked"
            )
        }
        if hasPrefix { notes.append("times that the log itself writes before messages are not read") }
        notes.append(
            "rows are executions (35=8) that say a fill, of LastShares (32) at LastPx (31) and TransactTime (60)")
        notes.append(
            "a market order (40=1) started its trade; for other orders the side is left empty, as the log does not say")
    }

    func read(_ table: CanonicalKind) throws -> any ChunkSource {
        guard table == .trades else {
            throw Failure(
                "data.format", "found a FIX log in '\(path)', which has no \(table.rawValue)",
                hint: "read it as trades")
        }
        var price = 0, size = 0
        let log = try FIXExecutions(path)
        while try log.next({ (price, size) = (max(price, decimals($0[31])), max(size, decimals($0[32]))) }) {}
        return try FIXTrades(path, priceDecimals: price, sizeDecimals: size)
    }

    /// Decimals that a number is written with.
    private func decimals(_ text: String?) -> Int {
        guard let bytes = text.map({ Array($0.utf8) }), let point = bytes.firstIndex(of: UInt8(ascii: ".")) else {
            return 0
        }
        return min(bytes.count - point - 1, ExactDecimal.largestScale)
    }
}

/// Messages of a log that say that something traded, or that it did not after all.
private final class FIXExecutions {
    private let lines: FeedLines
    private let parser: FIXParser

    init(_ path: String) throws {
        lines = try FeedLines(path)
        parser = FIXParser(file: path)
    }

    /// Calls `body` with those of the next line.
    ///
    /// - Returns: false behind the last line.
    func next(_ body: (FIXMessage) throws -> Void) throws -> Bool {
        try lines.next { line in
            guard !line.isEmpty else { return }
            for message in try parser.messages(Array(line), number: lines.number) where FIXExecutions.isTrade(message) {
                try body(message)
            }
        }
    }

    private static func isTrade(_ message: FIXMessage) -> Bool {
        guard message.type == "8", message[31] != nil, let size = message[32] else { return false }
        // 20=3 repeats what was said. Before FIX 4.1 only the size tells a fill from a report.
        if message[20] == "3" { return false }
        guard let type = message[150] else { return size.utf8.contains { (49...57).contains($0) } }
        // Types before FIX 4.3 name the kind of fill, later ones the trade, its correction and its end.
        return ["1", "2", "F", "G", "H"].contains(type)
    }
}

/// Trades of a log.
private final class FIXTrades: ChunkSource {
    let fields: [Field]
    private let path: String
    private let log: FIXExecutions
    private let scales: (price: Int, size: Int)
    private var builder: CanonicalBuilder

    init(_ path: String, priceDecimals: Int, sizeDecimals: Int) throws {
        self.path = path
        fields = CanonicalFields.fields(.trades, priceDecimals: priceDecimals, sizeDecimals: sizeDecimals)
        scales = (priceDecimals, sizeDecimals)
        log = try FIXExecutions(path)
        builder = CanonicalBuilder(.trades, fields: fields, file: path)
    }

    func next() throws -> TableChunk? {
        while builder.rowCount < TableChunk.usualRows, try log.next({ try add($0) }) {}
        return builder.rowCount == 0 ? nil : builder.take()
    }

    private func refused(_ message: FIXMessage, _ reason: String) -> Failure {
        Failure("data.bad-rows", "\(path):\(message.line): \(reason)", hint: "cut the message out of the log")
    }

    private func number(_ message: FIXMessage, _ tag: Int, _ decimals: Int) throws -> Int64 {
        let text = message[tag] ?? ""
        guard let value = ExactDecimal(text.utf8), value.scale <= decimals,
            let whole = value.integer(decimals: decimals)
        else { throw refused(message, "found '\(text)' in field \(tag), expected a number of up to 18 digits") }
        return whole
    }

    private func time(_ message: FIXMessage, _ tag: Int) throws -> Nanoseconds? {
        guard let text = message[tag] else { return nil }
        guard let time = FIXTime.parse(text) else {
            throw refused(message, "found '\(text)' in field \(tag), expected a time as 20150406-12:17:27")
        }
        return time
    }

    private func add(_ message: FIXMessage) throws {
        let sent = try time(message, 52)
        guard let time = try time(message, 60) ?? sent else { throw refused(message, "found no field 60 or 52") }
        guard let symbol = message[55], !symbol.isEmpty else { throw refused(message, "found no symbol in field 55") }
        let sequence = message[34].flatMap { Int64($0) }
        let place = CanonicalBuilder.Place(
            time: time, knownTime: max(time, sent ?? time), sequence: sequence,
            // Classes of a share differ in the suffix only.
            instrument: symbol + (message[65].map { " \($0)" } ?? ""), position: message.line)
        var side = CanonicalBuilder.Cell.empty
        if message[40] == "1" {
            switch message[54] {
            case "1", "3": side = .integer(1)
            case "2", "4", "5", "6": side = .integer(-1)
            default: break
            }
        }
        let condition: CanonicalBuilder.Cell =
            switch (message[20], message[150]) {
            case ("1", _), (_, "H"): .text("cancels \(message[19] ?? "")")
            case ("2", _), (_, "G"): .text("corrects \(message[19] ?? "")")
            default: .empty
            }
        builder.add(
            place, .integer(try number(message, 31, scales.price)), .integer(try number(message, 32, scales.size)),
            side,
            message[17].map { .text($0) } ?? .empty, condition)
    }
}
