import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// An event with its levels, to keep.
struct KeptEvent: Equatable {
    var instrument: String
    var time: Nanoseconds
    var known: Nanoseconds
    var sequence: Int64
    var kind: BookEvent.Kind
    var side: Int8
    var size: Int64
    var price: Int64
    var order: Int64
    /// Ask price, ask size, bid price, bid size of the levels; the price of an empty one is 0.
    var levels: [Int64]

    init(_ instrument: BookInstrument, _ event: BookEvent) {
        self.instrument = instrument.name
        (time, known, sequence, kind, side) = (event.time, event.known, event.sequence, event.kind, event.side)
        (size, price, order) = (event.size, event.price, event.orderID)
        levels = event.levels.indices.map { event.levels[$0 | 1] == 0 ? 0 : event.levels[$0] }
    }

    static func all(_ path: String, _ request: BookRequest = BookRequest()) throws -> [KeptEvent] {
        var events: [KeptEvent] = []
        for feed in try BookReader.feeds(at: path, request) { try feed.read { events.append(KeptEvent($0, $1)) } }
        return events
    }
}

/// Order books of canonical tables and of whatever becomes one.
@Suite struct FoundBooksTests {
    private static let header = "time,receive_time,known_time,sequence,instrument,file,position,"
    private static let changes = header + "action,side,price,size,order,trade_price\n"
    private static let quotes = header + "bid,bid_size,ask,ask_size,venue\n"

    /// Rows behind the common columns, a second apart, received a second later.
    private static func rows(_ rows: [String], instrument: (Int) -> String = { _ in "X" }) -> String {
        rows.enumerated().map { index, row in
            let second = { (s: Int) in String(format: "2024-08-08T14:%02d:%02dZ", s / 60, s % 60) }
            return "\(second(index)),\(second(index + 1)),\(second(index + 1)),,\(instrument(index)),a.csv,"
                + "\(index + 1),\(row)\n"
        }.joined()
    }

    @Test(
        "best bid and ask equal the exchange's best quote after every update",
        .enabled(if: SharedData.isThere, "needs the shared data"),
        arguments: [("binance_usdm_btcusdt_20240808.gz", 6547), ("binance_spot_btcusdt_20240808.gz", 3449)])
    func bestQuotes(name: String, updates: Int) throws {
        let path = SharedData.path("data/crypto-feed/\(name)")
        var quotes: [(u: Int64, levels: [Int64])] = []
        let source = try FoundFiles.find(path).read(.quotes)
        while let chunk = try source.next() {
            let columns = ["sequence", "ask", "ask_size", "bid", "bid_size"].map { name -> [Int64] in
                if case .int64(let values)? = chunk[name]?.values { values } else { [] }
            }
            for row in 0..<chunk.rowCount { quotes.append((columns[0][row], columns[1...].map { $0[row] })) }
        }
        let events = try KeptEvent.all(path, BookRequest(levels: 1))
        #expect(events.count { $0.kind == .restart } == 1 && events[0].kind == .restart)
        #expect(
            events.dropFirst().allSatisfy { $0.kind == .change && $0.known >= $0.time && $0.known >= events[0].known })
        var index = 0, equal = 0
        for event in events.dropFirst() {
            while index + 1 < quotes.count, quotes[index + 1].u <= event.sequence { index += 1 }
            if quotes[index].levels == event.levels { equal += 1 }
        }
        #expect(events.count == updates + 1 && equal == updates)
    }

    @Test(
        "LOBSTER's events come back from what it was converted to: changes beside snapshots, in three formats",
        .enabled(if: SharedData.isThere, "needs the shared data"), arguments: ["parquet", "csv", "arrow"])
    func converted(ending: String) throws {
        let stem = SharedData.path("data/lobster/AAPL_2012-06-21_first999_")
        let expected = try KeptEvent.all(stem + "message_10.csv")
        #expect(expected.count == 999)
        let directory = try TemporaryDirectory()
        for (half, name) in [("message", "book-changes"), ("orderbook", "book-snapshots")] {
            let file = try FoundFiles.find("\(stem)\(half)_10.csv")
            let path = directory.file("AAPL.\(name).\(ending)")
            let rows = try file.read(file.tables[0])
            switch ending {
            case "csv": _ = try ChunkCSV.write(rows, to: path)
            case "arrow": try ArrowWriter.write(rows, to: path)
            default: try ParquetWriter.write(rows, to: path)
            }
        }
        #expect(try KeptEvent.all(directory.path) == expected)
        // Either file stands for the pair; snapshots alone have the same books.
        #expect(try KeptEvent.all(directory.file("AAPL.book-snapshots.\(ending)")) == expected)
        let moved = directory.file("alone.\(ending)")
        try FileManager.default.moveItem(atPath: directory.file("AAPL.book-snapshots.\(ending)"), toPath: moved)
        let alone = try KeptEvent.all(moved)
        #expect(alone.map(\.levels) == expected.map(\.levels) && alone.map(\.time) == expected.map(\.time))
        #expect(alone.allSatisfy { $0.kind == .change && $0.size == 0 && $0.side == 0 })
        // Changes alone say nothing of the orders from before.
        let error = #expect(throws: Failure.self) {
            try KeptEvent.all(directory.file("AAPL.book-changes.\(ending)"))
        }
        #expect(error?.code == "data.bad-rows" && error?.message.contains("never added") == true)
    }

    @Test("orders of several instruments, one event a row; levels of one message, one event together")
    func changes() throws {
        let directory = try TemporaryDirectory()
        let orders = try directory.write(
            FoundBooksTests.changes
                + FoundBooksTests.rows(
                    [
                        "add,1,10.00,5,1,", "add,-1,10.02,7,2,", "add,1,10.01,3,3,", "execute,1,10.01,2,3,10.01",
                        "delete,1,10.01,1,3,", "hidden,,,4,,10.01", "halt,,,,,", "reduce,-1,10.02,3,2,",
                    ], instrument: { $0 == 1 || $0 == 7 ? "Y" : "X" }), to: "orders.csv")
        let found = try KeptEvent.all(orders, BookRequest(levels: 2))
        #expect(found.map(\.instrument) == ["X", "Y", "X", "X", "X", "X", "X", "Y"])
        #expect(
            found.map(\.kind) == [
                .submission, .submission, .submission, .execution, .deletion, .hiddenExecution, .halt, .cancellation,
            ])
        #expect(
            found.map(\.levels) == [
                [0, 0, 1000, 5, 0, 0, 0, 0], [1002, 7, 0, 0, 0, 0, 0, 0], [0, 0, 1001, 3, 0, 0, 1000, 5],
                [0, 0, 1001, 1, 0, 0, 1000, 5], [0, 0, 1000, 5, 0, 0, 0, 0], [0, 0, 1000, 5, 0, 0, 0, 0],
                [0, 0, 1000, 5, 0, 0, 0, 0], [1002, 4, 0, 0, 0, 0, 0, 0],
            ])
        #expect(found[5].price == 1001 && found[5].side == 0 && found[5].size == 4 && found[3].order == 3)
        #expect(found.allSatisfy { $0.known == $0.time + 1_000_000_000 })
        let stamp = "2024-08-08T14:00:00Z,,2024-08-08T14:00:00Z"
        let levels = try directory.write(
            FoundBooksTests.changes
                + [
                    "1,X,a,1,clear,,,,,", "1,X,a,1,set,1,10.0,2.5,,", "1,X,a,1,set,-1,10.5,1.0,,",
                    "2,X,a,2,set,1,10.1,0.5,,",
                ]
                .map { "\(stamp),\($0)\n" }.joined(), to: "levels.csv")
        let set = try KeptEvent.all(levels, BookRequest(levels: 2))
        #expect(set.map(\.kind) == [.restart, .change] && set.map(\.sequence) == [1, 2])
        #expect(set.map(\.levels) == [[105, 10, 100, 25, 0, 0, 0, 0], [105, 10, 101, 5, 0, 0, 100, 25]])
    }

    @Test("quotes are books of one level; of several venues the best, with the sizes of all that have it")
    func quotes() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            FoundBooksTests.quotes
                + FoundBooksTests.rows([
                    "10.00,5,10.02,6,N", "10.01,2,,,P", ",,10.02,3,P", "9.99,1,,,P", "10.00,4,,,Q", ",,10.01,0,N",
                ]), to: "q.csv")
        #expect(
            try KeptEvent.all(path).map(\.levels) == [
                [1002, 6, 1000, 5], [1002, 6, 1001, 2], [1002, 9, 1001, 2], [1002, 9, 1000, 5], [1002, 9, 1000, 9],
                [1002, 3, 1000, 9],
            ])
        let plain = try directory.write(
            FoundBooksTests.quotes + FoundBooksTests.rows(["10.00,5,10.02,6,", "10.01,2,,,"]), to: "p.csv")
        #expect(try KeptEvent.all(plain).map(\.levels) == [[1002, 6, 1000, 5], [0, 0, 1001, 2]])
    }

    @Test(
        "what would be wrong in silence is refused",
        arguments: [
            (["add,1,10,5,1,", "reduce,1,10,6,1,"], "which has 5"), (["reduce,1,10,1,9,"], "never added"),
            (["set,1,10,5,,"], "nothing began"), (["add,1,10,5,1,", "add,1,10,5,1,"], "one that lives"),
            (["add,,10,5,1,"], "without side"), (["add,1,10,5,1,", "delete,1,10,4,1,"], "which has 5"),
            (["add,1,10,5,,", "reduce,1,11,1,,"], "a level of 0"), (["add,2,10,5,1,"], "the side 2"),
            (["jump,1,10,5,1,"], "the action 'jump'"), (["add,1,10,-5,1,"], "below 0"),
        ])
    func refused(rows: [String], reason: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(FoundBooksTests.changes + FoundBooksTests.rows(rows), to: "x.csv")
        let error = #expect(throws: Failure.self) { try KeptEvent.all(path) }
        #expect(error?.code == "data.bad-rows" && error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("row \(rows.count) of X") == true)
    }

    @Test("files without books, quotes without sizes, decimals and instruments that a market file contradicts")
    func contradictions() throws {
        let directory = try TemporaryDirectory()
        func code(_ path: String, _ market: String? = nil) throws -> String? {
            let spec = try market.map { try MarketSpec(JSONParser.parse($0)) }
            return #expect(throws: Failure.self) { try KeptEvent.all(path, BookRequest(market: spec)) }?.code
        }
        let bars = try directory.write(
            "time,open,high,low,close,volume\n2024-08-08T14:00:00Z,1,1,1,1,1\n2024-08-08T14:01:00Z,1,1,1,1,1\n",
            to: "bars/b.csv")
        #expect(try code(bars) == "data.no-books")
        let sizeless = try directory.write(
            FoundBooksTests.quotes + FoundBooksTests.rows(["10.00,,10.02,,"]), to: "s.csv")
        #expect(try code(sizeless) == "data.bad-rows")
        let quotes = try directory.write(
            FoundBooksTests.quotes
                + FoundBooksTests.rows(["10.005,1,10.02,1,", "10,1,11,1,"]) { $0 == 0 ? "X" : "Y" }, to: "q.csv")
        #expect(try code(quotes, #"{"priceDecimals": 2}"#) == "data.contradiction")
        #expect(
            try code(quotes, #"{"schemaVersion": 2, "files": {"instrument": "Z"}}"#) == "data.several-instruments")
        let wider = try KeptEvent.all(
            quotes, BookRequest(market: MarketSpec(JSONParser.parse(#"{"priceDecimals": 4}"#))))
        #expect(wider.map(\.levels) == [[100_200, 1, 100_050, 1], [110_000, 1, 100_000, 1]])
        // What lies beside data is no data.
        try directory.write("# Read me", to: "only/README.md")
        try directory.write(FoundBooksTests.quotes + FoundBooksTests.rows(["10,1,11,1,"]), to: "only/deep/q.csv")
        #expect(try KeptEvent.all(directory.file("only")).count == 1)
        try directory.write("what I thought that day\n", to: "only/notes.txt")
        #expect(try code(directory.file("only")) == "data.unread-files")
    }

    @Test("changed bytes of tables of books give an error or events, never a trap", arguments: 0..<8)
    func mutated(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        var random = SeededRandom(seed: seed, 0xF0)
        let rows = (0..<40).map { index -> String in
            index % 5 == 4
                ? "reduce,1,10.0\(index % 7),1,\(index - 4)," : "add,\(index % 2 * 2 - 1),10.0\(index % 7),5,\(index),"
        }
        let text = Array((FoundBooksTests.changes + FoundBooksTests.rows(rows)).utf8)
        let quotes = Array((FoundBooksTests.quotes + FoundBooksTests.rows(["1.5,2,1.6,9,", "1.5,3,1.7,9,V"])).utf8)
        for round in 0..<150 {
            var bytes = round % 2 == 0 ? text : quotes
            for _ in 0...random.index(below: 3) {
                let at = FoundBooksTests.header.utf8.count + random.index(below: bytes.count - 80)
                bytes[at] = [48, 57, 44, 45, 46, 10, 0x78, UInt8(random.index(below: 256))][random.index(below: 8)]
            }
            let path = directory.file("m.csv")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            _ = try? KeptEvent.all(path, BookRequest(levels: 1 + random.index(below: 3)))
        }
    }
}
