import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// Feeds and files in which something is missing that no reader may invent.
@Suite struct FeedFaultTests {
    static func put(_ text: String, _ name: String, in directory: TemporaryDirectory) throws -> String {
        let path = directory.file(name)
        try AtomicFile.write(text, to: path)
        return path
    }

    static let depth = #"{"e":"depthUpdate","E":1723161256299,"s":"X","U":9,"u":12,"b":[["1.20","3"]],"a":[]}"#
    static let snapshot = #"{"lastUpdateId":10,"bids":[["1.10","3"]],"asks":[["1.30","2"]]}"#
    static let trade = #"{"e":"trade","E":1723161256322,"T":1723161256322,"s":"X","t":5,"p":"1.20","q":"1","m":false}"#

    @Test("a snapshot without any time is refused, not of 1970; trades beside it are read")
    func timelessSnapshot() throws {
        let directory = try TemporaryDirectory()
        let lines = [FeedFaultTests.depth, FeedFaultTests.snapshot, FeedFaultTests.trade]
        let path = try FeedFaultTests.put(lines.map { $0 + "\n" }.joined(), "bare.jsonl", in: directory)
        let file = try FoundFiles.find(path)
        #expect(file.notes.contains { $0.hasPrefix("3 of the first 3 lines have no time of receipt") })
        let failure = #expect(throws: Failure.self) { try LobsterTableTests.rows(file.read(.bookChanges)) }
        #expect(failure?.code == "data.bad-rows")
        #expect(failure?.message.contains("bare.jsonl:2: found a snapshot without any time") == true)
        let trades = try LobsterTableTests.rows(file.read(.trades))
        // Without a time of receipt the column stays empty, and the exchange's time is when the trade was known.
        #expect(trades.map { $0.hasPrefix("1723161256322000000,,1723161256322000000,5,X,") } == [true])
    }

    @Test("a snapshot has the exchange's time where it says one, else that of receipt")
    func snapshotTimes() throws {
        let directory = try TemporaryDirectory()
        for (name, snapshot, time) in [
            ("E", FeedFaultTests.snapshot.replacing("10,", with: #"10,"E":1723161256501,"T":1723161256493,"#), "6493"),
            ("receipt", "1723161257000 " + FeedFaultTests.snapshot, "7000"),
        ] {
            let path = try FeedFaultTests.put("\(FeedFaultTests.depth)\n\(snapshot)\n", name, in: directory)
            let rows = try LobsterTableTests.rows(FoundFiles.find(path).read(.bookChanges))
            #expect(rows.count == 4 && rows.allSatisfy { !$0.hasPrefix("0,") }, "\(name)")
            #expect(rows[0].hasPrefix("172316125\(time)000000,"), "\(rows)")
        }
    }

    @Test("best quotes without any time are refused by line")
    func timelessQuote() throws {
        let directory = try TemporaryDirectory()
        let quote = #"{"stream":"x@bookTicker","data":{"u":12,"s":"X","b":"1.2","B":"2","a":"1.3","A":"1"}}"#
        let path = try FeedFaultTests.put(quote + "\n", "quotes.jsonl", in: directory)
        let failure = #expect(throws: Failure.self) { try FoundFiles.find(path) }
        #expect(failure?.message.contains("quotes.jsonl:1:1: found a message without any time") == true)
    }

    @Test("pipes and devices are refused before they are opened", .timeLimit(.minutes(1)))
    func special() throws {
        let directory = try TemporaryDirectory(), pipe = directory.file("pipe.csv")
        try #require(mkfifo(pipe, 0o600) == 0)
        let link = directory.file("link.csv")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/zero")
        for (path, what) in [
            (pipe, "a pipe"), ("/dev/zero", "a device"), (link, "a device"), ("/dev/null", "a device"),
        ] {
            let failure = #expect(throws: Failure.self) { try FoundFiles.find(path) }
            #expect(failure?.code == "file.special" && failure?.message.contains(what) == true, "\(path)")
            #expect(throws: Failure.self) { try ByteSource.bytes(path, atMost: 10) }
        }
    }

    @Test(
        "FIX: times with and without milliseconds, lines that end with CR LF, lines that a logger begins",
        arguments: [
            ("20150406-12:17:27", "2015-04-06T12:17:27Z"), ("20150406-12:17:27.123", "2015-04-06T12:17:27.123Z"),
            ("20150406-12:17:27.123456", "2015-04-06T12:17:27.123456Z"),
        ])
    func fix(_ time: String, _ expected: String) throws {
        let body = FIXTests.execution.replacing("60=20150406-12:17:27.123456789", with: "60=\(time)")
            .replacing("52=20150406-12:17:28.250", with: "52=\(time)")
        for separator in ["\u{1}", "|"] {
            let message = FIXTests.message(body, separator: separator)
            let text =
                message + "\r\n" + "2015-04-06 12:17:27,125 INFO [fix] <- " + message + "\r\n" + message.dropLast()
                + "\r\n"
            let rows = try FIXTests.rows(text)
            #expect(rows.count == 3 && rows.allSatisfy { $0.hasPrefix("\(expected),,\(expected),7,SJM,") }, "\(rows)")
        }
    }

    @Test("FIX: a log may begin with words of its own, which a note tells; other times are refused by line")
    func fixFronts() throws {
        let directory = try TemporaryDirectory()
        let message = FIXTests.message(FIXTests.execution)
        let text = "# session opened\r\n\r\n20150406-12:17:28.000 OUT \(message)\r\n"
        let file = try FoundFiles.find(try FeedFaultTests.put(text, "x.log", in: directory))
        #expect(file.kindName == "FIX.4.2 log")
        #expect(file.notes.contains { $0.contains("times that the log itself writes") })
        #expect(try FIXTests.rows(text).count == 1)
        for time in ["20150406 12:17:27", "1428322647", "20150406-12:17:27.", "20150406-12:17:27Z"] {
            let bad = FIXTests.message(FIXTests.execution.replacing("60=20150406-12:17:27.123456789", with: "60=@"))
            // A blank stands for nothing in the maker of messages, so that it is put in behind, with no checksum.
            let edited = bad.replacing("60=@", with: "60=\(time)")
                .replacing(/9=\d+/, with: "9=0").replacing(/10=\d+/, with: "10=0")
            let failure = #expect(throws: Failure.self, "\(time)") { try FIXTests.rows("words\n" + edited + "\n") }
            #expect(failure?.message.contains(":2: found '\(time)' in field 60") == true, "\(failure?.message ?? "")")
        }
    }

    @Test("a LEAN line of more bytes than any has is refused; empty lines are not rows")
    func leanLines() throws {
        let name = "20140606_aapl_minute_trade.csv", row = "14400000,1,4,1,3,5\n"
        #expect(try LEANRefusalTests.read("\(row)\n14460000,1,4,1,3,5", name: name).rows == 2)
        let failure = #expect(throws: Failure.self) {
            try LEANRefusalTests.read(row + String(repeating: "1", count: 2000), name: name)
        }
        #expect(failure?.code == "data.lean" && failure?.message.contains(":2: found a line of more than") == true)
    }

    @Test(
        "LEAN's second bars: the first and the last of a day", .enabled(if: SharedData.isThere, "needs the shared data")
    )
    func leanSeconds() throws {
        let folder = SharedData.path("data/lean/second/spy")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix("_trade.zip") }
        try #require(!names.isEmpty)
        for name in names {
            let file = try FoundFiles.find("\(folder)/\(name)")
            #expect(file.kindName == "LEAN second trade bars")
            let table = try LEANTable(file.read(.bars))
            #expect(table.rows > 1000)
            #expect(zip(table["time"], table["known_time"]).allSatisfy { $1 - $0 == 1_000_000_000 }, "\(name)")
            #expect(zip(table["time"], table["time"].dropFirst()).allSatisfy { $0 < $1 }, "\(name)")
        }
    }
}
