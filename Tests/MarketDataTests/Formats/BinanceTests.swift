import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// Captures of Binance's feeds: the books of the shared ones against the exchange's own best quotes.
@Suite struct BinanceTests {
    static let files = ["binance_usdm_btcusdt_20240808.gz", "binance_spot_btcusdt_20240808.gz"]

    /// Every line of a file with its number.
    static func messages(_ path: String, _ scale: BinanceParser.Scale, _ body: (BinanceMessage, Int) throws -> Void)
        throws
    {
        let lines = try FeedLines(path)
        var parser = BinanceParser(file: path, scale: scale)
        while try lines.next({
            try parser.parse($0, number: lines.number)
            try body(parser.message, lines.number)
        }) {}
    }

    static func key(_ name: String) throws -> [[String]] {
        try String(contentsOfFile: SharedData.path("data/keys/\(name)"), encoding: .utf8)
            .split(whereSeparator: \.isNewline).dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }

    struct Quote: Equatable { var u: Int64, bid: Int64, bidSize: Int64, ask: Int64, askSize: Int64 }

    @Test(
        "best prices and sizes equal the exchange's best quote after every update; both keys come out",
        .enabled(if: SharedData.isThere, "needs the shared data"), arguments: files)
    func books(_ name: String) throws {
        let path = SharedData.path("data/crypto-feed/\(name)"), isSpot = name.contains("spot")
        let scale = isSpot ? BinanceParser.Scale(price: 8, size: 8) : BinanceParser.Scale(price: 2, size: 3)
        var builder = BinanceBookBuilder(file: path), quotes: [Quote] = [], tops: [Quote] = [], rows: [[String]] = []
        var facts: [String: String] = [:], lags: [String: [Int64]] = [:], trades = 0, messageCount = 0, last: Int64 = 0
        func row(_ line: String, _ u: Int64, _ book: BinanceBookBuilder) -> [String] {
            func price(_ value: Int64?) -> String { FixedPoint.text(value ?? 0, decimals: scale.price) }
            func size(_ value: Int64) -> String { FixedPoint.text(value, decimals: scale.size) }
            return [
                name, line, String(u), price(book.bids.bestPrice), size(book.bids.bestSize),
                price(book.asks.bestPrice), size(book.asks.bestSize), String(book.bids.count), String(book.asks.count),
            ]
        }
        try BinanceTests.messages(path, scale) { message, line in
            messageCount += 1
            if let event = message.eventTime, let receive = message.receiveTime, message.kind != .snapshot {
                let kind = message.kind == .depth ? "depthUpdate" : message.kind == .trade ? "trade" : "bookTicker"
                lags[kind, default: []].append(receive - event)
            }
            switch message.kind {
            case .trade: trades += 1
            case .quote:
                quotes.append(
                    Quote(
                        u: message.number, bid: message.bid, bidSize: message.bidSize, ask: message.ask,
                        askSize: message.askSize))
            case .depth, .snapshot:
                if message.kind == .snapshot {
                    facts["snapshot_line"] = String(line)
                    facts["lastUpdateId"] = String(message.number)
                }
                try builder.add(message.depth(line: line), isSnapshot: message.kind == .snapshot) { event, book in
                    if tops.isEmpty {
                        facts["first_event_applied_line"] = String(event.line)
                        facts["first_event_U"] = String(event.first)
                        facts["first_event_u"] = String(event.last)
                    }
                    tops.append(
                        Quote(
                            u: event.last, bid: book.bids.bestPrice ?? 0, bidSize: book.bids.bestSize,
                            ask: book.asks.bestPrice ?? 0, askSize: book.asks.bestSize))
                    last = event.last
                    if tops.count % 1000 == 0 { rows.append(row(String(event.line), event.last, book)) }
                }
            case .other: break
            }
        }
        try builder.chain.finish()
        rows.append(row("end", last, builder))
        #expect(rows == (try BinanceTests.key("crypto-feed-book.csv").filter { $0[0] == name }))

        // Best quotes of a stream are in order of their number; spot quotes are ahead of the updates.
        var index = 0, equal = 0
        for top in tops {
            while index + 1 < quotes.count, quotes[index + 1].u <= top.u { index += 1 }
            var quote = quotes[index]
            quote.u = top.u
            if quote == top { equal += 1 }
        }
        #expect(equal == (isSpot ? 3449 : 6547))
        facts["messages"] = String(messageCount)
        facts["events_older_than_snapshot"] = String(builder.chain.droppedCount)
        facts["events_applied"] = String(builder.chain.appliedCount)
        facts["chain_breaks"] = String(builder.chain.breaks.count)
        facts["removals_of_absent_levels"] = String(builder.absentRemovalCount)
        facts["crossed_after_event"] = String(builder.crossedCount)
        facts["best_equals_last_bookTicker_price_and_size"] = String(equal)
        facts["trades"] = String(trades)
        for fact in try BinanceTests.key("crypto-feed.csv") where fact[0] == name {
            guard let lag = lags[fact[1]]?.sorted() else {
                #expect(facts[fact[1]] == fact[2], "\(fact[1])")
                continue
            }
            let middle = lag.count / 2, median = lag.count % 2 == 1 ? lag[middle] : (lag[middle - 1] + lag[middle]) / 2
            #expect([lag.count, lag.count { $0 < 0 }] == fact[2...3].map { Int($0) })
            // The key was computed in doubles, which hold such times to a quarter of a microsecond.
            for (found, expected) in zip([lag[0], median, lag[lag.count - 1]], fact[4...]) {
                #expect(abs(Double(found) / 1e6 - (Double(expected) ?? 0)) < 0.0011, "\(fact[1])")
            }
        }
    }

    @Test("the canonical tables of a shared capture", .enabled(if: SharedData.isThere, "needs the shared data"))
    func tables() throws {
        let path = SharedData.path("data/crypto-feed/binance_spot_btcusdt_20240808.gz")
        let file = try FoundFiles.find(path)
        #expect(file.kindName == "Binance spot capture")
        #expect(file.tables == [.bookChanges, .trades, .quotes])
        var counts: [Int] = [], actions: [String] = [], first: [String] = []
        for table in file.tables {
            let source = try file.read(table)
            var rows = 0
            while let chunk = try source.next() {
                if rows == 0 {
                    first.append(
                        zip(chunk.columns, chunk.fields).map { ColumnText.cell($0, $1.type, 0) }.joined(
                            separator: "|"
                        )
                        .replacingOccurrences(of: path, with: ""))
                    if table == .bookChanges {
                        actions = [0, 1, 2001].map { ColumnText.cell(chunk.columns[7], chunk.fields[7].type, $0) }
                        // The first update that is applied came before the snapshot, and is known with it.
                        #expect(ColumnText.cell(chunk.columns[6], chunk.fields[6].type, 2001) == "6")
                    }
                }
                rows += chunk.rowCount
                #expect(chunk.rowCount <= TableChunk.usualRows)
            }
            counts.append(rows)
        }
        #expect(actions == ["clear", "set", "set"])
        #expect(counts[1...] == [9757, 28_040])
        #expect(
            first[1] == "2024-08-08T23:54:15.342Z|2024-08-08T23:54:14.087896568Z|2024-08-08T23:54:15.342Z|3735683259|"
                + "BTCUSDT||4|61837.63000000|0.02000000|-1|3735683259|")
        #expect(
            first[2] == "2024-08-08T23:54:14.087891268Z|2024-08-08T23:54:14.087891268Z|"
                + "2024-08-08T23:54:14.087891268Z|50093239212|BTCUSDT||3|61837.63000000|3.78826000|61837.64000000|"
                + "1.54698000|")
    }

    /// An update of futures that follows another one.
    static func update(_ first: Int64, _ last: Int64, after previous: Int64?, line: Int = 1) -> BinanceDepth {
        BinanceDepth(
            line: line, symbol: "X", first: first, last: last, previous: previous,
            levels: [BinanceLevel(side: 1, price: last, size: 1)])
    }

    @Test("a break is refused, or the book is lost until another snapshot comes")
    func breaks() throws {
        let snapshot = BinanceTests.update(10, 10, after: nil)
        for (isFutures, next) in [(true, 13), (false, 14)] as [(Bool, Int64)] {
            func event(_ first: Int64, _ last: Int64, after: Int64, line: Int) -> BinanceDepth {
                BinanceTests.update(first, last, after: isFutures ? after : nil, line: line)
            }
            var strict = BinanceDepthChain(file: "f", rule: .refuse)
            #expect(try strict.add(event(9, 12, after: 8, line: 1), isSnapshot: false).isEmpty)
            #expect(try strict.add(snapshot, isSnapshot: true).count == 2)
            #expect(try strict.add(event(next, 15, after: 13, line: 2), isSnapshot: false, orBreaks: "f:2:"))
            var lenient = BinanceDepthChain(file: "f", rule: .resync)
            _ = try lenient.add(snapshot, isSnapshot: true)
            _ = try lenient.add(event(9, 12, after: 8, line: 2), isSnapshot: false)
            let lost = event(next, 15, after: 13, line: 3)
            #expect(try lenient.add(lost, isSnapshot: false) == [.lost(lost)])
            var copy = lenient
            #expect(throws: Failure.self) { try copy.finish() }
            let second = BinanceTests.update(14, 14, after: nil, line: 4)
            #expect(try lenient.add(second, isSnapshot: true) == [.begin(second), .apply(lost)])
            copy = lenient
            try copy.finish()
            #expect(copy.breaks == [3])
        }
        var alone = BinanceDepthChain(file: "f", rule: .resync)
        _ = try alone.add(BinanceTests.update(1, 2, after: nil), isSnapshot: false)
        #expect(throws: Failure.self) { try alone.finish() }
    }

    @Test(
        "a damaged line is refused with its place",
        arguments: [
            (#"12 {"e":"trade"}"#, ":1:1: expected a receive time"),
            (#"{"e":"trade","E":1,"s":"X","t":5,"p":"1.5","q":"x","T":1,"m":true}"#, "found 'x'"),
            (#"{"e":"trade","E":1,"s":"X","t":5,"p":"1.555","q":"1","T":1,"m":true}"#, "at most 2 decimals"),
            (#"{"e":"trade","E":1,"s":"X","t":5,"p":"1.5","q":"1","T":1}"#, "side 'm'"),
            (#"{"e":"depthUpdate","E":1,"s":"X","U":7,"u":5,"b":[],"a":[]}"#, "update numbers that increase"),
            (#"{"e":"depthUpdate","E":1,"s":"X","U":5,"u":5,"b":[["1"]],"a":[]}"#, "size of a level"),
            (#"{"e":"trade","E":1"#, "expected ','"),
        ])
    func damaged(_ line: String, _ expected: String) throws {
        var parser = BinanceParser(file: "f", scale: .init(price: 2, size: 3))
        let failure = #expect(throws: Failure.self) {
            try Array(line.utf8).withUnsafeBufferPointer { try parser.parse($0, number: 1) }
        }
        #expect(failure?.message.contains(expected) == true, "\(failure?.message ?? "")")
    }

    @Test("mutated captures are refused or read, and nothing else happens")
    func mutations() throws {
        let text = """
            1723161255030314667 {"stream":"x@depth","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,\
            "s":"X","U":9,"u":12,"pu":8,"b":[["1.20","0.014"],["1.10","0"]],"a":[["1.30","2"]]}}
            1723161255030314668 {"lastUpdateId":10,"E":1723161256501,"T":1723161256493,"bids":[["1.20","3"]],"asks":[]}
            1723161255030314669 {"stream":"x@trade","data":{"e":"trade","E":1723161256322,"T":1723161256322,"s":"X",\
            "t":5,"p":"1.20","q":"0.006","X":"MARKET","m":false}}
            1723161255030314670 {"stream":"x@bookTicker","data":{"u":12,"s":"X","b":"1.2","B":"2","a":"1.3","A":"1"}}

            """
        try Mutations.run(text, count: 1500) { path in
            let file = try FoundFiles.find(path)
            for table in file.tables {
                let source = try file.read(table)
                while try source.next() != nil {}
            }
        }
    }
}

extension BinanceDepthChain {
    /// Whether adding is refused with a message that begins so.
    fileprivate mutating func add(_ depth: BinanceDepth, isSnapshot: Bool, orBreaks prefix: String) throws -> Bool {
        do {
            _ = try add(depth, isSnapshot: isSnapshot)
            return false
        } catch let failure as Failure {
            return failure.code == "data.book-chain" && failure.message.hasPrefix(prefix)
        }
    }
}
