import Basics
import Tables

/// Captures of Binance's websocket feeds: a message a line, as it came, behind the time of receipt.
///
/// Spot and futures; updates of the book, trades and aggregated trades, best quotes, and the depth request's answer.
package enum BinanceCaptureFormat: FileFormat {
    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        let lines = head.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: true)
        guard let first = lines.first, isMessage(first) else { return nil }
        return try BinanceCapture(path, head: head)
    }

    /// Whether a line is a receive time, if any, and a message with a key of these feeds.
    private static func isMessage(_ line: ArraySlice<UInt8>) -> Bool {
        let json = line.drop { $0 &- 48 < 10 }.drop { $0 == 0x20 || $0 == 0x09 }
        guard json.first == UInt8(ascii: "{") else { return false }
        let text = String(decoding: json.prefix(400).filter { $0 > 0x20 }, as: UTF8.self)
        let isStream = text.hasPrefix("{\"stream\":\"") && text.contains("@") && text.contains("\"data\":{")
        let events = ["depthUpdate", "trade", "aggTrade", "bookTicker"]
        return isStream || text.hasPrefix("{\"lastUpdateId\":")
            || events.contains { text.hasPrefix("{\"e\":\"\($0)\",") }
    }
}

/// A capture that was found at a path.
struct BinanceCapture: FoundFile {
    let kindName: String
    let tables: [CanonicalKind]
    let notes: [String]
    private let path: String

    init(_ path: String, head: [UInt8]) throws {
        self.path = path
        var facts = BinanceCaptureFacts()
        try facts.read(head, file: path)
        kindName = "Binance \(facts.isFutures ? "futures" : "spot") capture"
        tables = facts.hasDepth ? [.bookChanges, .trades, .quotes] : [.trades, .quotes, .bookChanges]
        notes = facts.notes
    }

    func read(_ table: CanonicalKind) throws -> any ChunkSource {
        guard tables.contains(table) else {
            throw Failure(
                "data.format", "found a capture in '\(path)', which has no \(table.rawValue)",
                hint: "read it as \(tables.map(\.rawValue).joined(separator: ", "))")
        }
        return try BinanceRows(path, table: table, try BinanceSurvey(path))
    }
}

/// What rows need to know beforehand, which the whole file has to be looked through for.
struct BinanceSurvey {
    /// The decimals that numbers are written with.
    let scale: BinanceParser.Scale
    /// The instrument of the first update of a book.
    let bookSymbol: String?

    /// - Throws: ``FileError``, ``Failure`` for a malformed line.
    init(_ path: String) throws {
        let lines = try FeedLines(path)
        var parser = BinanceParser(file: path, scale: nil), symbol: String?
        while try lines.next({ line in
            guard !line.isEmpty else { return }
            try parser.parse(line, number: lines.number)
            if symbol == nil, parser.message.kind == .depth { symbol = parser.message.symbol }
        }) {}
        (scale, bookSymbol) = (parser.scale, symbol)
    }
}

/// What the first lines of a capture say.
struct BinanceCaptureFacts {
    private(set) var isFutures = false
    private(set) var hasDepth = false
    private var symbols: [String] = []
    private var others: [String] = []
    private var lags: [Int64] = []
    private var count = 0
    private var withoutReceipt = 0
    private var hasTimelessQuote = false
    private var hasTimelessSnapshot = false

    /// - Throws: ``Failure`` for a malformed line.
    mutating func read(_ head: [UInt8], file: String) throws {
        var parser = BinanceParser(file: file, scale: nil)
        var lines = head.split(separator: 10, omittingEmptySubsequences: false)
        // The last line may go on behind the head.
        if lines.count > 1 || head.count >= FoundFiles.headSize { lines.removeLast() }
        for (index, line) in lines.enumerated() where !line.isEmpty {
            try line.withUnsafeBufferPointer { try parser.parse($0, number: index + 1) }
            add(parser.message)
        }
    }

    private mutating func add(_ message: BinanceMessage) {
        switch message.kind {
        case .depth: hasDepth = true
        case .snapshot:
            hasDepth = true
            if message.exchangeTime == nil { hasTimelessSnapshot = true }
        case .quote where message.exchangeTime == nil: hasTimelessQuote = true
        case .other where !message.stream.isEmpty && !others.contains(message.stream): others.append(message.stream)
        default: break
        }
        if message.previous != nil || message.kind == .trade && message.condition != nil { isFutures = true }
        if message.kind == .quote, message.transactionTime != nil { isFutures = true }
        if !message.symbol.isEmpty, !symbols.contains(message.symbol) { symbols.append(message.symbol) }
        if message.receiveTime == nil { withoutReceipt += 1 }
        count += 1
        if let event = message.eventTime, let receive = message.receiveTime, let lag = receive.minus(event) {
            lags.append(lag)
        }
    }

    var notes: [String] {
        var notes = ["times are those of the matching engine (T) where a message has one, else of sending (E)"]
        if hasTimelessQuote { notes.append("best quotes have no time of the exchange: theirs is that of receipt") }
        if hasTimelessSnapshot { notes.append("the snapshot has no time of the exchange: its is that of receipt") }
        if withoutReceipt > 0 {
            notes.append(
                "\(withoutReceipt) of the first \(count) lines have no time of receipt: it is left empty, and rows "
                    + "count as "
                    + "known at the exchange's time")
        }
        if hasDepth {
            notes.append(
                "the book begins at the snapshot; updates before it that it does not hold yet follow it, those that it "
                    + "holds are left out; where updates are missing it is cleared until the next snapshot")
        }
        if !lags.isEmpty {
            let median = lags.sorted()[lags.count / 2], text = FixedPoint.text(median / 1000, decimals: 3)
            notes.append(
                "receipt is \(text) ms after sending (median of the first \(lags.count) messages)"
                    + (median < 0 ? ": the recorder's clock is behind; rows are known at the later of both times" : ""))
        }
        if !others.isEmpty { notes.append("not read: \(others.prefix(8).joined(separator: ", "))") }
        return notes
    }
}
