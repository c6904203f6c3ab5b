import Basics
import Deployment
import Execution
import Features
import Foundation
import MarketData
import ModelBundles
import TestSupport
import Testing
import Trading

@Suite struct PaperExchangeTests {
    static func order(_ side: Side, price: Int64, instrument: Int = 0) -> Order {
        Order(id: 7, instrument: instrument, side: side, quantity: 3, price: price)
    }

    static let bar = Bar(time: 0, open: 100, high: 120, low: 80, close: 110, volume: 1)

    @Test(
        "at the open an order fills at the open if that is not worse than its limit",
        arguments: [
            (Side.buy, Int64(99), false), (.buy, 100, true), (.buy, 101, true), (.sell, 101, false), (.sell, 100, true),
            (.sell, 99, true),
        ])
    func open(side: Side, limit: Int64, fills: Bool) {
        var exchange = PaperExchange(instruments: 1)
        exchange.accept(PaperExchangeTests.order(side, price: limit), timing: .nextOpen)
        #expect(exchange.close(PaperExchangeTests.bar, instrument: 0) == nil)
        let fill = exchange.open(PaperExchangeTests.bar, instrument: 0)
        #expect(fill?.price == 100 && fill?.isFilled == fills && fill?.order.price == limit)
        #expect(exchange.open(PaperExchangeTests.bar, instrument: 0) == nil)
    }

    @Test(
        "at the close an order fills at the close, never beyond its limit",
        arguments: [
            (Side.buy, Int64(109), false), (.buy, 110, true), (.sell, 111, false), (.sell, 110, true),
        ])
    func close(side: Side, limit: Int64, fills: Bool) {
        var exchange = PaperExchange(instruments: 1)
        exchange.accept(PaperExchangeTests.order(side, price: limit), timing: .close)
        #expect(exchange.open(PaperExchangeTests.bar, instrument: 0) == nil)
        let fill = exchange.close(PaperExchangeTests.bar, instrument: 0)
        #expect(fill?.price == 110 && fill?.isFilled == fills)
    }

    @Test("an order whose next bar is missing does not rest: it is cancelled at whatever price comes")
    func gap() {
        var exchange = PaperExchange(instruments: 1)
        exchange.accept(PaperExchangeTests.order(.buy, price: 500), timing: .nextOpen)
        #expect(exchange.open(PaperExchangeTests.bar, instrument: 0, isNext: false)?.isFilled == false)
        #expect(exchange.open(PaperExchangeTests.bar, instrument: 0) == nil)
    }

    @Test("each instrument has an order of its own, and a second replaces the first")
    func instruments() {
        var exchange = PaperExchange(instruments: 2)
        exchange.accept(PaperExchangeTests.order(.buy, price: 100, instrument: 1), timing: .nextOpen)
        #expect(exchange.open(PaperExchangeTests.bar, instrument: 0) == nil)
        exchange.accept(PaperExchangeTests.order(.sell, price: 100, instrument: 1), timing: .nextOpen)
        #expect(exchange.open(PaperExchangeTests.bar, instrument: 1)?.order.side == .sell)
    }
}

@Suite struct LatencyRecorderTests {
    @Test("quantiles of a hundred samples, worked by hand")
    func quantiles() {
        var recorder = LatencyRecorder(capacity: 100)
        for value in (1...100).reversed() { recorder.record(Int64(value * 10)) }
        let summary = recorder.summary()
        // Rank ⌊q·n⌋ from 0: the 51st, the 100th, and the largest.
        #expect(summary == .init(count: 100, p50: 510, p99: 1000, p999: 1000, maximum: 1000))
        #expect(
            summary.json.text(.compact)
                == #"{"count":100,"p50Ns":510,"p99Ns":1000,"p999Ns":1000,"maximumNs":1000}"#)
    }

    @Test("samples beyond the capacity are dropped, extreme ones limited, none is zero")
    func limits() {
        var recorder = LatencyRecorder(capacity: 2)
        #expect(recorder.summary() == .init(count: 0, p50: 0, p99: 0, p999: 0, maximum: 0))
        for value in [-5, Int64.max, 3] { recorder.record(value) }
        #expect(recorder.summary().count == 2 && recorder.summary().maximum == Int(UInt32.max))
        #expect(recorder.summary().p50 == Int(UInt32.max))
        var empty = LatencyRecorder(capacity: 0)
        empty.record(1)
        empty.record(2)
        #expect(empty.summary() == .init(count: 1, p50: 1, p99: 1, p999: 1, maximum: 1))
    }
}

@Suite struct JournalTests {
    static let header = "sequence,time,kind,instrument,order,side,quantity,price,score,reason"

    @Test("a record of every kind, with the cells that it has and no others")
    func cells() throws {
        let directory = try TemporaryDirectory(), path = directory.file("new/j.csv")
        var journal = try Journal(path: path, instruments: ["X", "Y"], priceDecimals: 2)
        var order = Journal.Record(time: 1_500_000_000, kind: .denied, instrument: 1)
        (order.order, order.side, order.quantity, order.price, order.score) = (9, .sell, 5, -105, 0.25)
        order.reason = .collar
        var plain = Journal.Record(time: 0, kind: .halted, instrument: -1)
        // What is no order has no side, quantity or price.
        (plain.side, plain.quantity, plain.price) = (.sell, 5, 7)
        try journal.append(order)
        try journal.append(plain)
        #expect(journal.sequence == 0)
        try journal.flush()
        #expect(journal.sequence == 2)
        var last = Journal.Record(time: 0, kind: .filled, instrument: 0)
        (last.order, last.quantity, last.price) = (10, 1, 300)
        try journal.append(last)
        try journal.flush()
        #expect(
            try FileChunks.text(path).split(separator: "\n").map(String.init) == [
                JournalTests.header, "0,1970-01-01T00:00:01.5Z,denied,Y,9,sell,5,-1.05,0.25,COLLAR",
                "1,1970-01-01T00:00:00Z,halted,,,,,,,", "2,1970-01-01T00:00:00Z,filled,X,10,buy,1,3.00,,",
            ])
    }

    @Test("a full block is written at once; a file that is there is replaced")
    func blocks() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(String(repeating: "old\n", count: 10_000), to: "j.csv")
        var journal = try Journal(path: path, instruments: [], priceDecimals: 0)
        for _ in 1..<Journal.blockSize {
            try journal.append(Journal.Record(time: 0, kind: .resumed, instrument: -1))
        }
        #expect(journal.sequence == 0)
        try journal.append(Journal.Record(time: 0, kind: .resumed, instrument: -1))
        #expect(journal.sequence == Journal.blockSize)
        let lines = try FileChunks.text(path).split(separator: "\n")
        #expect(
            lines.count == Journal.blockSize + 1 && lines[0] == JournalTests.header
                && lines.last?.hasPrefix("4095,") == true)
    }

    @Test("a link in the place of a journal is replaced, and what it leads to stays")
    func linked() throws {
        let directory = try TemporaryDirectory(), path = directory.file("j.csv")
        let other = try directory.write("a private key", to: "key.json")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
        var journal = try Journal(path: path, instruments: [], priceDecimals: 0)
        try journal.flush()
        #expect(try FileChunks.text(other) == "a private key")
        #expect(try FileChunks.text(path) == JournalTests.header + "\n")
    }

    @Test("a journal that cannot be made is an error with its path")
    func refused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a")
        try Paths.makeDirectory(path)
        let error = #expect(throws: FileError.self) {
            _ = try Journal(path: path, instruments: [], priceDecimals: 0).sequence
        }
        #expect(error?.message.contains(path) == true)
    }
}

@Suite struct SessionClockTests {
    static func clock(resets: Bool = true, calendar: String = "XNYS") throws -> SessionClock {
        let spec = try TinyModel.verified(calendar: calendar, resets: resets).model.spec
        return try SessionClock(features: spec.features, market: spec.market)
    }

    static func time(_ day: String, _ hour: Int, _ minute: Int) throws -> Nanoseconds {
        var zone = try ExchangeZone("America/New_York")
        let date = try #require(CivilDate(day))
        return zone.utc(Int64(date.daysSince1970 * 86_400 + hour * 3600 + minute * 60) * 1_000_000_000)
    }

    @Test("bars fit when the last of them ends at the close at the latest")
    func fits() throws {
        var clock = try SessionClockTests.clock()
        let time = try SessionClockTests.time("2025-05-12", 15, 45)
        // Bars of 15:50 and 15:55 follow the one that starts at 15:45.
        #expect(clock.fits(bars: 2, after: time) && !clock.fits(bars: 3, after: time))
        #expect(clock.fits(bars: 0, after: try SessionClockTests.time("2025-05-12", 15, 55)))
        #expect(!clock.fits(bars: 0, after: try SessionClockTests.time("2025-05-12", 16, 0)))
    }

    @Test("a bar follows another inside a session and its gaps, and is traded inside its hours")
    func follows() throws {
        var clock = try SessionClockTests.clock(), unbounded = try SessionClockTests.clock(resets: false)
        let last = try SessionClockTests.time("2025-05-12", 15, 55)
        let next = try SessionClockTests.time("2025-05-13", 9, 30), step: Nanoseconds = 300_000_000_000
        #expect(clock.follows(last, after: last - step) && !clock.follows(last, after: last - 2 * step))
        #expect(!clock.follows(last, after: last) && !clock.follows(last - step, after: last))
        // Where positions do not end with the session, the night is no gap.
        #expect(!clock.follows(next, after: last) && unbounded.follows(next, after: last))
        var wide = try SessionClock(market: MarketSpec(), isBounded: false, allHours: false, missingBarsAllowed: 1000)
        var bounded = try SessionClock(market: MarketSpec(), isBounded: true, allHours: true, missingBarsAllowed: 1000)
        #expect(wide.follows(next, after: last) && !bounded.follows(next, after: last))
        #expect(clock.isTraded(last) && !clock.isTraded(last + step) && !clock.isTraded(next - step))
        #expect(clock.isTraded(next) && bounded.isTraded(next - step))
    }

    @Test("an early close and a closed day bound it; without sessions nothing does")
    func days() throws {
        var clock = try SessionClockTests.clock()
        #expect(clock.fits(bars: 1, after: try SessionClockTests.time("2025-07-03", 12, 50)))
        #expect(!clock.fits(bars: 1, after: try SessionClockTests.time("2025-07-03", 12, 55)))
        #expect(!clock.fits(bars: 1, after: try SessionClockTests.time("2025-07-04", 12, 0)))
        var unbounded = try SessionClockTests.clock(resets: false)
        #expect(unbounded.fits(bars: 1000, after: try SessionClockTests.time("2025-07-04", 12, 0)))
        var always = try SessionClockTests.clock(calendar: "always")
        // Its days end at midnight UTC, which is 20:00 in New York's summer.
        #expect(always.fits(bars: 1, after: try SessionClockTests.time("2025-07-05", 19, 50)))
        #expect(!always.fits(bars: 2, after: try SessionClockTests.time("2025-07-05", 19, 50)))
    }
}

@Suite struct ReplayFeedTests {
    @Test("bars come by time, then by instrument; each instrument's own order stays")
    func order() {
        func table(_ name: String, _ times: [Int64]) -> BarTable {
            var table = BarTable(instrument: name, zone: "UTC", interval: 1, priceDecimals: 3, volumeDecimals: 1)
            for time in times { table.append(Bar(time: time, open: 0, high: 0, low: 0, close: time * 10, volume: 0)) }
            return table
        }
        var feed = ReplayFeed([table("A", [2, 4, 6]), table("B", []), table("C", [1, 2, 5])])
        #expect(feed.count == 6 && feed.instruments.map(\.name) == ["A", "B", "C"])
        #expect(feed.instruments[0] == TradedInstrument(name: "A", priceDecimals: 3, volumeDecimals: 1))
        var seen: [String] = []
        while let (bar, instrument) = feed.next() {
            seen.append("\(bar.time)\(feed.instruments[instrument].name) \(bar.close)")
        }
        #expect(seen == ["1C 10", "2A 20", "2C 20", "4A 40", "5C 50", "6A 60"])
        #expect(feed.next() == nil)
        var empty = ReplayFeed([])
        #expect(empty.next() == nil && empty.count == 0)
    }
}

@Suite struct DocumentTests {
    @Test("a receipt, with and without what a refused bundle does not have")
    func receipt() {
        var receipt = Receipt(
            environment: "paper", outcome: .refused, bundle: "0123456789abcdef", reason: "bundle.format: bad",
            time: 1_500_000_000, runtimeVersion: "1")
        #expect(
            receipt.json.text(.compact)
                == #"{"schemaVersion":2,"environment":"paper","outcome":"refused","bundle":"0123456789abcdef","#
                + #""counter":null,"name":null,"version":null,"manifest":null,"signer":null,"#
                + #""reason":"bundle.format: bad","person":null,"time":"1970-01-01T00:00:01.5Z","#
                + #""timeNs":1500000000,"replaced":null,"runtimeVersion":"1"}"#)
        #expect(receipt.text == "refused: 0123456789ab — bundle.format: bad")
        (receipt.outcome, receipt.name, receipt.version, receipt.reason) = (.rolledBack, "tiny", 4, nil)
        #expect(receipt.text == "rolled-back: tiny/4" && receipt.json[key: "version"]?.intValue == 4)
        #expect(Receipt.Outcome.installed.rawValue == "installed")
    }

    @Test("a health report, written so that a reader never sees half of it")
    func health() throws {
        var report = HealthReport(
            bundle: "ab", bars: 1, predictions: 2, undefined: 3, submitted: 4, denied: 5, filled: 6, profit: 1.5,
            p99Ns: 7, isHalted: true, time: 0)
        let directory = try TemporaryDirectory()
        (report.environment, report.counter) = ("live", 3)
        report.runs = [RevisionHistory.Run(counter: 3, from: 0, to: 1_000_000_000, isNew: true)]
        let place = directory.file("health.json"), key = SigningKey(generating: "host")
        try report.write(to: place, by: key)
        let signed = try HealthReport.read(
            try FileChunks.bytes(place), hosts: [key.publicKey], environment: "live", at: 0, in: place)
        #expect(signed.report.text(.compact) == report.json.text(.compact) && signed.runs == report.runs)
        #expect(try FileChunks.text(place).hasSuffix("}\n"))
        #expect(
            report.json.text(.compact)
                == #"{"schemaVersion":2,"environment":"live","counter":3,"bundle":"ab","bars":1,"predictions":2,"#
                + #""undefined":3,"submitted":4,"denied":5,"filled":6,"profit":1.5,"p99Ns":7,"halted":true,"#
                + #""time":"1970-01-01T00:00:00Z","runs":[{"counter":3,"from":"1970-01-01T00:00:00Z","fromNs":0,"#
                + #""to":"1970-01-01T00:00:01Z","toNs":1000000000,"new":true}],"problems":[],"inForce":null}"#)
        #expect(try Paths.entries(directory.path) == ["health.json"])
    }
}
