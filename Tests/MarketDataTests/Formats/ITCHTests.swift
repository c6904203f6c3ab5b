import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// Nasdaq's ITCH 5.0: the real front of a day, and made messages of every type.
@Suite struct ITCHTests {
    static let sample = SharedData.path("data/itch/first1000.itch50")

    static func put(_ encoder: ITCHEncoder, _ name: String = "01302019.itch", in directory: TemporaryDirectory) throws
        -> String
    {
        let path = directory.file(name)
        try Data(encoder.bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("the real front of a day", .enabled(if: SharedData.isThere, "needs the shared data"))
    func real() throws {
        let file = try ITCHFile(ITCHTests.sample), directory = file.directory
        #expect(directory.counts == [0x53: 1, 0x52: 993, 0x48: 3, 0x59: 3] && directory.isComplete)
        #expect(Set(directory.instruments.keys) == Set(1...993))
        let tickers = directory.instruments.sorted { $0.key < $1.key }.map(\.value.ticker)
        #expect(tickers == tickers.sorted() && tickers.first == "A")
        let all = directory.instruments.values
        #expect(all.count { $0.roundLot == 100 } == 990 && all.count { $0.roundLot == 10 } == 3)
        #expect(all.count { $0.tier == "2" } == 794 && all.count { $0.tier == "1" } == 171)
        #expect(all.count { $0.tier.isEmpty } == 28 && all.count(where: \.isETP) == 124)
        #expect(all.count(where: \.isTest) == 4)
        let stream = try ITCHStream(ITCHTests.sample)
        var thresholds = 0, times: [UInt64] = []
        while let message = try stream.next() {
            if message.text("shortSaleThreshold") == "Y" { thresholds += 1 }
            times.append(message.time)
        }
        #expect(thresholds == 3 && times.count == 1000 && times == times.sorted())
        #expect(times.first == 11_072_057_543_747 && times.last == 11_354_360_581_176)
        let found = try FoundFiles.find(ITCHTests.sample)
        #expect(found.kindName == "Nasdaq ITCH 5.0" && found.notes.contains { $0.contains("nothing says the date") })
        let rows = try LobsterTableTests.rows(found.read(.bookChanges))
        #expect(rows.count == 3 && rows.allSatisfy { $0.contains(",halt,") || $0.contains(",trade,") })
        #expect(found.notes.contains { $0.hasPrefix("left out: 4 test instruments") })
    }

    @Test("every type is written and read back", arguments: ITCHLayout.all.map(\.type))
    func roundTrip(type: UInt8) throws {
        let layout = try #require(ITCHLayout.of(type))
        var random = SeededRandom(seed: UInt64(type)), encoder = ITCHEncoder(), sent: [[String: ITCHEncoder.Value]] = []
        for _ in 0..<50 {
            var values: [String: ITCHEncoder.Value] = [:]
            for field in layout.fields {
                values[field.name] =
                    field.kind == .text
                    ? .text(String(repeating: "X", count: random.index(below: field.size + 1)))
                    : .number(random.next() >> UInt64(64 - 8 * field.size))
            }
            sent.append(values)
            let isAdded = encoder.add(Unicode.Scalar(type), locate: 7, tracking: 9, time: 1 << 47, values)
            #expect(isAdded)
        }
        #expect(encoder.bytes.count == 50 * (layout.length + 2))
        let directory = try TemporaryDirectory(), stream = try ITCHStream(try ITCHTests.put(encoder, in: directory))
        for values in sent {
            let message = try #require(try stream.next())
            #expect(message.type == type && message.locate == 7 && message.tracking == 9 && message.time == 1 << 47)
            for (name, value) in values {
                switch value {
                case .number(let number): #expect(message.number(name) == number, "\(name)")
                case .text(let text): #expect(message.text(name) == text, "\(name)")
                }
            }
        }
        #expect(try stream.next() == nil)
        let wrong = [encoder.add(Unicode.Scalar(type), time: 0, ["nothing": 1]), encoder.add("z", time: 0)]
        #expect(wrong == [false, false])
    }

    @Test("lengths of types are those of the published table")
    func lengths() {
        let known: [Character: Int] = [
            "S": 12, "R": 39, "H": 25, "Y": 20, "L": 26, "V": 35, "W": 12, "K": 28, "J": 35, "h": 21, "A": 36, "F": 40,
            "E": 31, "C": 36, "X": 23, "D": 19, "U": 35, "P": 44, "Q": 40, "B": 19, "I": 50, "N": 20, "O": 48,
        ]
        let ours = ITCHLayout.all.map { (Character(Unicode.Scalar($0.type)), $0.length) }
        #expect(Dictionary(uniqueKeysWithValues: ours) == known)
    }

    /// A day of one instrument in which everything happens, and a test instrument.
    private static func day() -> ITCHEncoder {
        var e = ITCHEncoder()
        e.add("S", time: 1, ["code": "O"])
        e.add("R", locate: 5, time: 2, ["stock": "AAPL", "authenticity": "P", "roundLot": 100])
        e.add("R", locate: 6, time: 2, ["stock": "ZVZZT", "authenticity": "T", "roundLot": 100])
        e.add("H", locate: 5, time: 3, ["stock": "AAPL", "state": "T"])
        e.add("A", locate: 6, time: 4, ["ref": 90, "side": "B", "shares": 1, "stock": "ZVZZT", "price": 10_000])
        e.add("A", locate: 5, time: 4, ["ref": 1, "side": "B", "shares": 100, "stock": "AAPL", "price": 1_000_000])
        e.add("F", locate: 5, time: 5, ["ref": 2, "side": "S", "shares": 80, "stock": "AAPL", "price": 1_010_000])
        e.add("E", locate: 5, time: 6, ["ref": 1, "shares": 30, "match": 11])
        e.add("C", locate: 5, time: 7, ["ref": 2, "shares": 10, "match": 12, "printable": "Y", "price": 1_005_000])
        e.add("C", locate: 5, time: 7, ["ref": 2, "shares": 10, "match": 13, "printable": "N", "price": 1_005_000])
        e.add("X", locate: 5, time: 8, ["ref": 2, "shares": 20])
        e.add("U", locate: 5, time: 9, ["ref": 2, "newRef": 3, "shares": 50, "price": 1_009_000])
        e.add("P", locate: 5, time: 10, ["side": "B", "shares": 7, "stock": "AAPL", "price": 1_004_000, "match": 14])
        e.add(
            "Q", locate: 5, time: 11, ["shares": 900, "stock": "AAPL", "price": 1_003_000, "match": 15, "cross": "C"])
        e.add("Q", locate: 5, time: 11, ["shares": 0, "stock": "AAPL", "match": 16, "cross": "H"])
        e.add("B", locate: 5, time: 12, ["match": 11])
        e.add("D", locate: 5, time: 13, ["ref": 1])
        e.add("H", locate: 5, time: 14, ["stock": "AAPL", "state": "P"])
        return e
    }

    @Test("a made day as tables, in New York's time, without the test instrument")
    func tables() throws {
        let directory = try TemporaryDirectory()
        var day = ITCHTests.day()
        day.end()
        let file = try FoundFiles.find(try ITCHTests.put(day, in: directory))
        func rows(_ table: CanonicalKind) throws -> [String] {
            // Midnight in New York is 05:00 UTC in January.
            try LobsterTableTests.rows(file.read(table)).map { row in
                let cells = row.split(separator: ",", omittingEmptySubsequences: false)
                #expect(cells[0] == cells[2] && cells[4] == "AAPL")
                return ([String((Int64(cells[0]) ?? 0) - 1_548_824_400_000_000_000)] + cells[5...].map(String.init))
                    .joined(separator: ",")
            }
        }
        #expect(
            try rows(.bookChanges) == [
                "3,4,trade,,,,,", "4,6,add,1,1000000,100,1,", "5,7,add,-1,1010000,80,2,",
                "6,8,execute,1,1000000,30,1,1000000", "7,9,execute,-1,1010000,10,2,1005000",
                "7,10,execute,-1,1010000,10,2,1005000", "8,11,reduce,-1,1010000,20,2,",
                "9,12,delete,-1,1010000,40,2,", "9,12,add,-1,1009000,50,3,", "10,13,hidden,,,7,,1004000",
                "11,14,cross,,,900,,1003000", "13,17,delete,1,1000000,70,1,", "14,18,halt,,,,,",
            ])
        #expect(
            try rows(.trades) == [
                "6,8,1000000,30,-1,11,", "7,9,1005000,10,1,12,", "10,13,1004000,7,,14,hidden",
                "11,14,1003000,900,,15,cross C", "12,16,,,,11,broken",
            ])
    }

    @Test("the builder keeps orders and levels, and counts what breaks the rules by name")
    func invariants() throws {
        let directory = try TemporaryDirectory()
        var e = ITCHTests.day()
        let good = ITCHBookBuilder(bits: 4)
        try good.read(try ITCHTests.put(e, in: directory))
        #expect(good.violationCount == 0 && good.orderCount == 2 && good.level(5, isBuy: true) == nil)
        let ask = try #require(good.level(5, isBuy: false))
        #expect(ask.price == 1_009_000 && ask.shares == 50 && ask.orders == 1)
        e.add("E", locate: 5, time: 15, ["ref": 77, "shares": 1])
        e.add("A", locate: 5, time: 15, ["ref": 3, "side": "S", "shares": 1, "stock": "AAPL", "price": 5])
        e.add("A", locate: 5, time: 15, ["ref": 4, "side": "S", "shares": 0, "stock": "AAPL", "price": 5])
        e.add("A", locate: 5, time: 15, ["ref": 4, "side": "?", "shares": 1, "stock": "AAPL", "price": 5])
        e.add("D", locate: 6, time: 15, ["ref": 3])
        e.add("X", locate: 5, time: 14, ["ref": 3, "shares": 51])
        let path = try ITCHTests.put(e, in: directory), bad = ITCHBookBuilder()
        try bad.read(path)
        for rule in ITCHBookBuilder.Violation.allCases { #expect(bad.count(rule) == 1, "\(rule)") }
        #expect(bad.firstViolation?.message == 19 && bad.firstViolation?.rule == .unknownOrder)
        #expect(bad.level(5, isBuy: false) == nil && bad.orderCount == 1)
        let error = #expect(throws: Failure.self) {
            _ = try LobsterTableTests.rows(FoundFiles.find(path).read(.bookChanges))
        }
        #expect(error?.message.contains("message 19: found order 77, which was never added") == true)
    }

    @Test("damage is named by its byte; a part of a day has orders that are not known")
    func damage() throws {
        let directory = try TemporaryDirectory(), day = ITCHTests.day().bytes
        func read(_ bytes: [UInt8]) throws -> [String] {
            let path = directory.file("20190130.bin")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return try LobsterTableTests.rows(FoundFiles.find(path).read(.bookChanges))
        }
        let cut = #expect(throws: Failure.self) { _ = try read(Array(day.dropLast(3))) }
        #expect(cut?.message.contains("message 18: found the end of the file inside a message") == true)
        let type = #expect(throws: Failure.self) {
            _ = try read(day + [0, 12, 0x7A] + [UInt8](repeating: 0, count: 11))
        }
        #expect(type?.message.contains("byte \(day.count), message 19: found a message of type \"z\"") == true)
        let more = #expect(throws: Failure.self) { _ = try read(day + [0, 0, 1]) }
        #expect(more?.message.contains("more behind it") == true)
        var part = ITCHEncoder()
        part.add("E", locate: 5, time: 6, ["ref": 1, "shares": 30, "match": 11])
        part.add("D", locate: 5, time: 6, ["ref": 1])
        #expect(
            try read(part.bytes).map { $0.split(separator: ",", maxSplits: 4)[2...].joined(separator: ",") } == [
                "locate-5,1,execute,,,30,1,", "locate-5,2,delete,,,,1,",
            ])
    }

    @Test(
        "dates in names",
        arguments: [
            ("01302019.NASDAQ_ITCH50.gz", "2019-01-30"), ("S013019-v50.txt.gz", "2019-01-30"),
            ("20190130.PSX_ITCH_50", "2019-01-30"), ("a-2019-01-30.bin", "2019-01-30"), ("first1000.itch50", nil),
            ("13302019.bin", nil), ("99999999", nil), ("013019.bin", nil),
        ])
    func dates(_ name: String, _ date: String?) { #expect(ITCHFormat.date(of: name)?.description == date) }

    @Test("damaged bytes give an error or a table")
    func fuzz() throws {
        try Mutations.run(ITCHTests.day().bytes, name: "01302019.itch", count: 700) { path in
            let file = try FoundFiles.find(path)
            for table in file.tables { _ = try LobsterTableTests.rows(file.read(table)) }
        }
        // Whatever the order of messages, the builder goes on.
        var random = SeededRandom(seed: 3)
        let builder = ITCHBookBuilder(bits: 4), directory = try TemporaryDirectory()
        var e = ITCHEncoder()
        for step in 0..<6_000 {
            let ref = ITCHEncoder.Value.number((random.next() % 64) << (step % 2 == 0 ? 40 : 0))
            let more: [String: ITCHEncoder.Value]
            let type: Unicode.Scalar = ["A", "E", "X", "D", "U"][random.index(below: 5)]
            let shares = ITCHEncoder.Value.number(random.next() % 5),
                price = ITCHEncoder.Value.number(random.next() % 40)
            switch type {
            case "A": more = ["ref": ref, "side": random.next() % 2 == 0 ? "B" : "S", "shares": shares, "price": price]
            case "D": more = ["ref": ref]
            case "U": more = ["ref": ref, "newRef": .number(random.next() % 64), "shares": shares, "price": price]
            default: more = ["ref": ref, "shares": shares]
            }
            e.add(type, locate: UInt16(random.index(below: 2)), time: UInt64(step), more)
        }
        try builder.read(try ITCHTests.put(e, in: directory))
        // The book is the sum of its orders.
        for locate: UInt16 in 0..<2 {
            for isBuy in [true, false] {
                var shares: [UInt32: UInt64] = [:]
                for ref in 0..<64 {
                    for ref in Set([UInt64(ref), UInt64(ref) << 40]) {
                        guard let order = builder.order(ref), order.locate == locate, order.isBuy == isBuy else {
                            continue
                        }
                        shares[order.price, default: 0] += UInt64(order.shares)
                    }
                }
                let levels = (0..<builder.levelCount(locate, isBuy: isBuy)).compactMap {
                    builder.level(locate, isBuy: isBuy, $0)
                }
                #expect(levels.map(\.price) == shares.keys.sorted { isBuy ? $0 > $1 : $0 < $1 })
                #expect(levels.allSatisfy { shares[$0.price] == $0.shares })
            }
        }
    }
}
