import Basics
import Foundation
import MarketData
import TestSupport
import Testing

/// Pairs of LOBSTER files, real and damaged.
@Suite struct LobsterTests {
    static func pair(_ messages: String, _ books: String, in directory: TemporaryDirectory, levels: Int = 1) throws
        -> LobsterReader
    {
        try AtomicFile.write(messages, to: directory.file("X_2012-06-21_34200000_57600000_message_\(levels).csv"))
        try AtomicFile.write(books, to: directory.file("X_2012-06-21_34200000_57600000_orderbook_\(levels).csv"))
        return try #require(try LobsterFormat.pairs(at: directory.path).first)
    }

    @Test("times, kinds, signs and levels; the last line may lack its end")
    func reads() throws {
        let directory = try TemporaryDirectory()
        let reader = try LobsterTests.pair(
            "34200.015105074,4,15818974,4,5794000,1\n34200.1,5,0,7,5795100,-1\r\n",
            "5802300,100,5794000,496\n5802300,100,5794000,196", in: directory)
        var seen: [String] = []
        try reader.read {
            seen.append(
                "\($0.time) \($0.kind) \($0.tradeSign) \($0.size) \($0.price) \($0.askPrice(0)) "
                    + "\($0.bidSize(0)) \($0.isTwoSided)"
            )
        }
        // 09:30 in New York is 13:30 UTC in June.
        #expect(
            seen == [
                "1340285400015105074 execution -1 4 5794000 5802300 496 true",
                "1340285400100000000 hiddenExecution 1 7 5795100 5802300 196 true",
            ])
    }

    @Test("times that were printed as floating-point numbers are rounded to nanoseconds, prices are not")
    func printedDoubles() throws {
        let directory = try TemporaryDirectory()
        let reader = try LobsterTests.pair(
            "34200.015105074600,4,1,4,5794000,1\n34200.999999999999,4,2,4,5794000,1\n",
            "5802300,100,5794000,496\n5802300,100,5794000,196\n", in: directory)
        var times: [Nanoseconds] = []
        try reader.read { times.append($0.time - 1_340_285_400_000_000_000) }
        #expect(times == [15_105_075, 1_000_000_000])
        let other = try TemporaryDirectory()
        let bad = try LobsterTests.pair("34200,4,1,4,5794000.5,1\n", "5802300,100,5794000,496\n", in: other)
        #expect(throws: MarketDataError.self) { try bad.read { _ in } }
    }

    @Test(
        "a damaged pair is refused with file, line and column",
        arguments: [
            ("34200,1,1,1,1,1\n", "1,1,1\n", ":1:1", "3 columns"), ("34200,1,1,1,1,1\n", "1,x,1,1\n", ":1:3", "'x'"),
            ("34200,1,1,1,1,1\n", "", "orderbook_1.csv:1:1", "end of the file"),
            ("34200,1,1,1,1,1\n", "1,1,1,1\n1,1,1,1\n", "orderbook_1.csv:2:1", "more rows"),
            ("34200,9,1,1,1,1\n", "1,1,1,1\n", ":1:7", "event type 9"),
            ("34200,1,1,1,1,0\n", "1,1,1,1\n", ":1:15", "direction 0"),
            ("34200,1,1,1,1,1\n34199,1,1,1,1,1\n", "1,1,1,1\n1,1,1,1\n", ":2:1", "before"),
            ("34200,1,1\n", "1,1,1,1\n", ":1:1", "3 columns"), ("nan,1,1,1,1,1\n", "1,1,1,1\n", ":1:1", "'nan'"),
            ("34200,1,1,1,1,1\n", "1,1,1,12345678901234567890\n", ":1:25", "18 digits"),
            ("99999999,1,1,1,1,1\n", "1,1,1,1\n", ":1:1", "seconds after midnight"),
        ])
    func refuses(_ messages: String, _ books: String, _ place: String, _ reason: String) throws {
        let directory = try TemporaryDirectory()
        let reader = try LobsterTests.pair(messages, books, in: directory)
        let error = #expect(throws: MarketDataError.self) { try reader.read { _ in } }
        #expect(
            error?.message.contains(place) == true && error?.message.contains(reason) == true, "\(error?.message ?? "")"
        )
    }

    @Test("no byte sequence crashes the reader", arguments: 0..<40)
    func fuzz(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed), 5)
        let alphabet = Array("0123456789,,.\n\n-\r\"x".utf8)
        func text(_ good: String) -> String {
            var bytes = Array(String(repeating: good, count: 30).utf8)
            for _ in 0..<random.index(below: 6) {
                bytes[random.index(below: bytes.count)] = alphabet[random.index(below: alphabet.count)]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        let directory = try TemporaryDirectory()
        let reader = try LobsterTests.pair(
            text("34200.5,4,77,100,5794000,-1\n"), text("5802300,100,5794000,496\n"), in: directory)
        var count = 0
        do { try reader.read { event in count += event.levelCount } } catch is MarketDataError {} catch let error
            as Failure where error.code == "csv.syntax"
        {}
        #expect(count <= 60)
    }

    @Test("missing halves and foreign names are named")
    func names() throws {
        let directory = try TemporaryDirectory()
        try AtomicFile.write("", to: directory.file("X_2012-06-21_1_2_message_10.csv"))
        #expect(throws: Failure.self) { _ = try LobsterFormat.pairs(at: directory.path) }
        let other = try TemporaryDirectory()
        #expect(throws: Failure.self) { _ = try LobsterFormat.pairs(at: other.path) }
        try AtomicFile.write("", to: other.file("X_message_ten.csv"))
        #expect(throws: Failure.self) { _ = try LobsterFormat.pairs(at: other.path) }
        for date in ["9999-01-01", "9223372036854775807-01-01", "2012-06-9223372036854775807"] {
            let far = try TemporaryDirectory()
            try AtomicFile.write("", to: far.file("X_\(date)_1_2_message_1.csv"))
            let error = #expect(throws: Failure.self, "\(date)") { _ = try LobsterFormat.pairs(at: far.path) }
            #expect(error?.code == "data.book-name")
        }
    }

    @Test("the real ten-level file, whole", .enabled(if: SharedData.isThere, "needs the shared data"))
    func real() throws {
        let reader = try #require(
            try LobsterFormat.pairs(at: SharedData.path("data/lobster")).first { $0.instrument == "GOOG" })
        var events = 0, trades = 0, last: Nanoseconds = 0
        try reader.read { event in
            events += 1
            if event.tradeSign != 0 { trades += 1 }
            #expect(event.time >= last && event.isTwoSided && event.levelCount == 10)
            last = event.time
        }
        #expect(events == 100_048 && trades > 1000)
        // 13:59:58.347 in New York.
        #expect(TimeText.utc(last).hasPrefix("2012-06-21T17:59:58.3466"))
    }
}
