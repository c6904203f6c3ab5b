import Basics
import Tables

/// Rows of one canonical table out of a capture.
final class BinanceRows: ChunkSource {
    let fields: [Field]
    private let table: CanonicalKind
    private let lines: FeedLines
    private var parser: BinanceParser
    private var builder: CanonicalBuilder
    private var chain: BinanceDepthChain
    /// The only symbol whose book the file holds; snapshots do not name theirs.
    private let bookSymbol: String?
    private var isAtEnd = false
    /// What has to become rows still, and how far the first of it is.
    private var steps: ArraySlice<BinanceDepthChain.Step> = []
    private var nextLevel = 0
    private var hasCleared = false
    /// Receipt of the snapshot: what came before it could not be applied earlier.
    private var bookKnownTime: Nanoseconds = .min

    /// - Throws: ``FileError``, ``Failure``.
    init(_ path: String, table: CanonicalKind, _ survey: BinanceSurvey) throws {
        self.table = table
        bookSymbol = survey.bookSymbol
        let scale = survey.scale
        fields = CanonicalFields.fields(table, priceDecimals: scale.price, sizeDecimals: scale.size)
        lines = try FeedLines(path)
        parser = BinanceParser(file: path, scale: scale)
        builder = CanonicalBuilder(table, fields: fields, file: path)
        chain = BinanceDepthChain(file: path, rule: .resync)
    }

    func next() throws -> TableChunk? {
        while builder.rowCount < TableChunk.usualRows {
            if !steps.isEmpty {
                try addStep()
            } else if isAtEnd {
                break
            } else if try !lines.next({ if !$0.isEmpty { try read($0) } }) {
                isAtEnd = true
                if table == .bookChanges { try chain.finish() }
            }
        }
        return builder.rowCount == 0 ? nil : builder.take()
    }

    private func read(_ line: UnsafeBufferPointer<UInt8>) throws {
        try parser.parse(line, number: lines.number)
        switch (table, parser.message.kind) {
        case (.trades, .trade): try addTrade(parser.message)
        case (.quotes, .quote): try addQuote(parser.message)
        case (.bookChanges, .depth):
            try requireOneBook(parser.message.symbol)
            steps = try chain.add(parser.message.depth(line: lines.number), isSnapshot: false)[...]
        case (.bookChanges, .snapshot):
            steps = try chain.add(parser.message.depth(line: lines.number), isSnapshot: true)[...]
        default: break
        }
    }

    private func requireOneBook(_ symbol: String) throws {
        if bookSymbol != symbol {
            throw Failure(
                "data.book-chain",
                "\(lines.path):\(lines.number): found depth updates of '\(symbol)' beside those of "
                    + "'\(bookSymbol ?? "")', and "
                    + "snapshots do not say whose they are",
                hint: "record or cut out one instrument a file; trades and quotes of several can be read")
        }
    }

    /// The exchange's time, else that of receipt.
    ///
    /// - Throws: ``Failure`` with code `data.bad-rows` for a message that has neither: nothing says when it was known.
    private func time(_ exchange: Nanoseconds?, _ receive: Nanoseconds?, _ what: String, _ line: Int) throws
        -> Nanoseconds
    {
        guard let time = exchange ?? receive else {
            throw Failure(
                "data.bad-rows",
                "\(lines.path):\(line): found a \(what) without any time, expected E or T in it or a time of receipt "
                    + "before it",
                hint: "record the time of receipt in front of each line; trades of the file can be read without")
        }
        return time
    }

    private func addTrade(_ message: BinanceMessage) throws {
        let place = CanonicalBuilder.Place(
            time: try time(message.exchangeTime, message.receiveTime, "trade", lines.number),
            receiveTime: message.receiveTime, sequence: message.number,
            instrument: message.symbol, position: lines.number)
        builder.add(
            place, .integer(message.price), .integer(message.size), .integer(message.buyerIsMaker == true ? -1 : 1),
            .text(String(message.number)), message.condition.map { .text($0) } ?? .empty)
    }

    private func addQuote(_ message: BinanceMessage) throws {
        let place = CanonicalBuilder.Place(
            time: try time(message.exchangeTime, message.receiveTime, "quote", lines.number),
            receiveTime: message.receiveTime,
            sequence: message.number, instrument: message.symbol, position: lines.number)
        builder.add(
            place, .integer(message.bid), .integer(message.bidSize), .integer(message.ask), .integer(message.askSize),
            .empty)
    }

    /// Adds the next row of the first step.
    private func addStep() throws {
        guard let step = steps.first else { return }
        switch step {
        case .begin(let snapshot):
            if !hasCleared {
                bookKnownTime = snapshot.receiveTime ?? snapshot.time ?? .min
                try addClear(snapshot)
                hasCleared = true
            }
            try addLevels(of: snapshot)
        case .lost(let depth):
            try addClear(depth)
            steps = steps.dropFirst()
        case .apply(let depth): try addLevels(of: depth)
        }
    }

    private func place(_ depth: BinanceDepth) throws -> CanonicalBuilder.Place {
        let time = try time(depth.time, depth.receiveTime, "snapshot", depth.line)
        return CanonicalBuilder.Place(
            time: time, receiveTime: depth.receiveTime,
            knownTime: max(time, depth.receiveTime ?? time, bookKnownTime), sequence: depth.last,
            instrument: bookSymbol ?? FileInstrument.name(lines.path), position: depth.line)
    }

    private func addClear(_ depth: BinanceDepth) throws {
        builder.add(try place(depth), .text(BookAction.clear.rawValue), .empty, .empty, .empty, .empty, .empty)
    }

    private func addLevels(of depth: BinanceDepth) throws {
        let place = try place(depth)
        while nextLevel < depth.levels.count, builder.rowCount < TableChunk.usualRows {
            let level = depth.levels[nextLevel]
            builder.add(
                place, .text(BookAction.set.rawValue), .integer(level.side), .integer(level.price),
                .integer(level.size), .empty, .empty)
            nextLevel += 1
        }
        if nextLevel == depth.levels.count {
            nextLevel = 0
            hasCleared = false
            steps = steps.dropFirst()
        }
    }
}
