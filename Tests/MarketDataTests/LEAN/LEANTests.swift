import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

@Suite(.enabled(if: SharedData.isThere, "needs the shared data")) struct LEANTests {
    @Test("daily bars: the first and the last, prices in ten-thousandths, known when their day ends in New York")
    func daily() throws {
        let file = try LEANTable.find(SharedData.path("data/lean/daily/aapl.zip"))
        #expect(file.kindName == "LEAN daily trade bars" && file.tables == [.bars])
        let table = try LEANTable(file.read(.bars))
        #expect(table.rows == 5849 && table.texts["instrument"] == ["aapl": 5849])
        #expect(TimeText.utc(table["time"][0]) == "1998-01-02T05:00:00Z")
        #expect(TimeText.utc(table["known_time"][0]) == "1998-01-03T05:00:00Z")
        let names = ["open", "high", "low", "close", "volume"]
        #expect(names.map { table[$0][0] } == [136_300, 162_500, 135_000, 162_500, 6_315_000])
        #expect(names.map { table[$0][5848] } == [1_216_500, 1_235_400, 1_211_500, 1_221_500, 109_019_052])
        // The day of the change to summer time is a Sunday; the Friday before ends at 05:00, a Monday after at 04:00.
        let friday = try #require(table["time"].firstIndex(of: Int64(1_583_470_800) * 1_000_000_000))
        #expect(TimeText.utc(table["known_time"][friday]) == "2020-03-07T05:00:00Z")
        #expect(TimeText.utc(table["known_time"][friday + 1]) == "2020-03-10T04:00:00Z")
        #expect(throws: Failure.self) { try file.read(.quotes) }
    }

    @Test("hour bars stand at the start of the hour, from 09:00 to 15:00", arguments: ["aapl", "ibm", "spy"])
    func hours(ticker: String) throws {
        let table = try LEANTable.shared("hour/\(ticker).zip")
        var zone = try ExchangeZone("America/New_York")
        let hours = table["time"].map { Int(zone.local($0) / 3_600_000_000_000 % 24) }
        #expect(Set(hours) == Set(9...15))
        #expect(zip(table["time"], table["known_time"]).allSatisfy { $1 - $0 == 3_600_000_000_000 })
    }

    @Test("minutes: a stub quote is kept, a side that is missing stays empty, the file's end needs no new line")
    func minutes() throws {
        let apple = try LEANTable.shared("minute/aapl/20140606_quote.zip")
        // The bid of 04:00 opens at 1.0000 and closes at 648.84; the quote is known a minute later.
        #expect(apple["bid"][0] == 6_488_400 && apple["ask"][0] == 6_493_500)
        #expect(TimeText.utc(apple["time"][0]) == "2014-06-06T08:01:00Z" && apple["time"] == apple["known_time"])
        let warner = try LEANTable.shared("minute/twx/20140609_quote.zip")
        #expect(warner.rows == 499 && warner.missing["bid"] == 5 && warner.missing["bid_size"] == 5)
        #expect(warner.missing["ask"] == 0 && warner["ask"][0] == 704_900)
        let short = try LEANTable.shared("minute/twx/20140623_trade.zip")
        #expect(short.rows == 6 && TimeText.utc(short["time"][5]) == "2014-06-23T13:35:00Z")
        let last = try LEANTable.shared("minute/aapl/20140609_quote.zip")
        #expect(TimeText.utc(try #require(last["time"].last)) == "2014-06-10T00:01:00Z")
    }

    @Test("every trade tick of the README, with exchange, condition and the vendor's flag")
    func tradeTicks() throws {
        let counts = [7: 250_601, 8: 451_545, 9: 439_677, 10: 460_032, 11: 285_605]
        for (day, count) in counts where day == 7 || day == 10 {
            let table = try LEANTable.shared("tick/spy/201310\(padded(day, 2))_trade.zip")
            #expect(table.rows == count)
            let flagged = table.texts["condition"]?.filter { $0.key.hasSuffix(" suspicious") }.values.reduce(0, +)
            #expect(flagged == (day == 10 ? 10 : 0))
            if day == 7 {
                #expect(table["price"][0] == 1_674_100 && table["size"][0] == 100)
                #expect(TimeText.utc(table["time"][0]) == "2013-10-07T08:00:00.464Z")
            }
        }
    }

    @Test("quote ticks are one-sided: 54,533 bids, 54,534 asks, never both")
    func quoteTicks() throws {
        let source = try LEANTable.find(SharedData.path("data/lean/tick/ibm/20131007_quote.zip")).read(.quotes)
        var bids = 0, asks = 0, venues = Set<String>()
        while let chunk = try source.next() {
            let bid = try #require(chunk["bid"]).validity, ask = try #require(chunk["ask"]).validity
            let bidSize = try #require(chunk["bid_size"]).validity
            for row in 0..<chunk.rowCount {
                #expect(bid[row] != ask[row] && bid[row] == bidSize[row])
                if bid[row] { bids += 1 } else { asks += 1 }
            }
            if case .text(let text)? = chunk["venue"]?.values { venues.formUnion(text.values) }
        }
        #expect(bids == 54_533 && asks == 54_534)
        #expect(venues == ["B", "C", "J", "K", "N", "P", "Q", "W", "X", "Y", "Z"])
    }

    @Test("names are looked at beside the content, and say what it does not")
    func names() throws {
        let directory = try TemporaryDirectory()
        func copy(_ name: String, to new: String) throws -> String {
            let path = directory.file(new)
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: SharedData.path("data/lean/\(name)"), toPath: path)
            return path
        }
        let minute = "minute/twx/20140623_trade.zip"
        // The member's name is enough.
        #expect(try LEANTable.read(copy(minute, to: "download")).texts["instrument"] == ["twx": 6])
        // A folder's, the file's and the member's names, each against another.
        for wrong in [
            "minute/ibm/20140623_trade.zip", "second/twx/20140623_trade.zip", "minute/twx/20140624_trade.zip",
            "minute/twx/20140623_quote.zip", "forex/oanda/minute/twx/20140623_trade.zip",
            "equity/india/minute/twx/20140623_trade.zip", "tick/twx/20140623_trade.zip",
        ] {
            let failure = #expect(throws: Failure.self, "\(wrong)") { try LEANTable.find(copy(minute, to: wrong)) }
            #expect(failure?.code == "data.lean", "\(wrong)")
        }
        #expect(throws: Failure.self) { try LEANTable.find(copy("daily/fb.zip", to: "hour/fb.zip")) }
        #expect(throws: Failure.self) { try LEANTable.find(copy("daily/fb.zip", to: "daily/wm.zip")) }
        let day = try LEANTable.find(copy("daily/fb.zip", to: "x"))
        #expect(day.kindName == "LEAN daily trade bars" && day.notes.contains { $0.contains("no name says it") })
        // Trade ticks say themselves that they are none of minutes.
        #expect(throws: Failure.self) {
            try LEANTable.find(copy("tick/ibm/20131011_trade.zip", to: "minute/ibm/20131011_trade.zip"))
        }
    }
}

@Suite struct LEANRefusalTests {
    static func read(_ text: String, name: String) throws -> LEANTable {
        let directory = try TemporaryDirectory()
        let path = directory.file(name)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try LEANTable.read(path)
    }

    @Test("a plain file with LEAN's names is read, one without them is not taken for LEAN's")
    func plain() throws {
        let name = "20140606_aapl_minute_trade.csv", text = "14400000,1,4,1,3,5\r\n14460000,1,4,1,3,5\r\n"
        let table = try LEANRefusalTests.read(text, name: name)
        #expect(table["close"] == [3, 3] && table["time"][1] - table["time"][0] == 60_000_000_000)
        #expect(try LEANRefusalTests.read("20140606 00:00,1,4,1,3,5\n", name: "daily/aapl.csv")["open"] == [1])
        for (text, name) in [(text, "bars.csv"), ("20140606 00:00,1,4,1,3,5\n", "bars.csv"), ("a,b\n", name)] {
            #expect(try LEANFormat.find("/nowhere/\(name)", head: Array(text.utf8)) == nil)
        }
    }

    @Test(
        "what fits in shape but not in meaning is refused with line and column",
        arguments: [
            ("14400000,1,4,1,3,5\n14400000,1,4,1,3,5\n", "minute_trade", ":2:1: found '14400000'"),
            ("14460000,1,4,1,3,5\n14400000,1,4,1,3,5\n", "minute_trade", "expected a time behind the one before"),
            ("14400000,1,4,1,3,5\n14460000,1,4,0,3,5\n", "minute_trade", ":2:14: found '0', expected a price above 0"),
            ("14400000,1,4,1,3,5\n14460000,1,4,1,3\n", "minute_trade", ":2: found 5 cells, expected 6 cells"),
            ("14400000,1,4,1,3,5\n14460000,1,4,1.5,3,5\n", "minute_trade", "found '1.5', expected a whole number"),
            ("14400000,1,4,1,3,5\n14460000,1,4,-1,3,5\n", "minute_trade", "found '-1', expected a whole number"),
            ("14400000,1,4,1,3,5\n86400000,1,4,1,3,5\n", "second_trade", "expected milliseconds of one day"),
            ("14400001,1,4,1,3,5\n", "second_trade", "on no such grid"),
            ("14401000,1,4,1,3,5\n", "minute_trade", "on no such grid"),
            ("14400000,1,4,1,3,5\n", "minute_quote", "found 'quote' by the file's name"),
            ("14400000,1,2,Q,20,0\n", "minute_trade", "trade ticks in it"),
            ("14400000,1,2,Q,20,0\n14400000,1,2,Q,20,2\n", "Trade_Tick", ":2:19: found '2', expected 0 or 1"),
            ("14400000,1,2,Q,20,0\n14400000,1,2,q,20,1\n", "Trade_Tick", "expected the letter of an exchange"),
            ("14400000,0,0,5,1,Q,1,0\n14400000,0,7,5,1,Q,1,0\n", "Quote_Tick", ":2:12: found '7', expected no size"),
            ("14400000,1,1,1,1,5,,,,,0\n14460000,1,,1,1,5,,,,,0\n", "minute_quote", ":2:12: found ''"),
        ])
    func refused(text: String, kind: String, message: String) throws {
        let failure = #expect(throws: Failure.self) {
            try LEANRefusalTests.read(text, name: "20140606_aapl_\(kind).csv")
        }
        #expect(failure?.code == "data.lean" && failure?.message.contains(message) == true, "\(failure?.message ?? "")")
    }

    @Test("stamps off the day or hour, and two bars of one day, are refused")
    func stamped() throws {
        let day = "20140606 00:00,1,4,1,3,5\n"
        for (text, folder) in [
            (day + day, "daily"), (day + "20140607 01:00,1,4,1,3,5\n", "daily"), ("20140606 09:30,1,4,1,3,5\n", "hour"),
            (day + "20140631 00:00,1,4,1,3,5\n", "daily"), (day + "x\n", "daily"),
        ] {
            let failure = #expect(throws: Failure.self, "\(text)") {
                try LEANRefusalTests.read(text, name: "\(folder)/aapl.csv")
            }
            #expect(failure?.code == "data.lean")
        }
    }

    @Test("damaged text and archives give an error or rows, never a crash", arguments: 0..<4)
    func fuzz(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, 0x1EA)
        let directory = try TemporaryDirectory()
        let texts = [
            ("minute_trade", "14400000,1,4,1,3,5\n14460000,1,4,1,3,5\n"),
            ("minute_quote", "14400000,,,,,0,1,1,1,1,5\n14460000,2,2,2,2,1,3,3,3,3,4\n"),
            ("Trade_Tick", "14400000,1,2,Q,20,0\n14400009,5,2,P,20ff,1\n"),
            ("Quote_Tick", "14400000,0,0,5,1,Q,1,0\n14400007,3,1,0,0,Q,1,0\n"),
        ]
        let archive =
            SharedData.isThere ? try FileChunks.bytes(SharedData.path("data/lean/minute/twx/20140623_trade.zip")) : []
        for round in 0..<600 {
            let isArchive = round % 2 == 0 && !archive.isEmpty
            let (kind, text) = texts[random.index(below: texts.count)]
            var bytes = isArchive ? archive : Array(text.utf8)
            for _ in 0...random.index(below: 3) {
                let place = random.index(below: bytes.count)
                switch random.index(below: 4) {
                case 0: bytes[place] = UInt8(random.index(below: 256))
                case 1: bytes[place] ^= 1 << UInt8(random.index(below: 8))
                case 2: bytes.insert(Array("0,9\n-.:".utf8)[random.index(below: 7)], at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            if random.index(below: 10) == 0 { bytes = Array(bytes.prefix(random.index(below: bytes.count) + 1)) }
            let path = directory.file(isArchive ? "20140623_trade.zip" : "20140606_aapl_\(kind).csv")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                let table = try LEANTable.read(path)
                #expect(table.rows <= bytes.count)
            } catch is Failure {} catch is FileError {}
        }
    }
}
