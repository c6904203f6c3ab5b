import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// LOBSTER's files as canonical tables, and the rule that rolls their books forward.
@Suite struct LobsterTableTests {
    private static func put(_ text: String, _ name: String, in directory: TemporaryDirectory) throws -> String {
        let path = directory.file(name)
        try AtomicFile.write(text, to: path)
        return path
    }

    /// Cells of a table, a line a row, without where rows stand.
    static func rows(_ source: any ChunkSource, limit: Int = 50) throws -> [String] {
        var out: [String] = []
        while let chunk = try source.next() {
            for row in 0..<chunk.rowCount where out.count < limit {
                out.append(
                    zip(chunk.fields, chunk.columns).filter { $0.0.name != "file" }.map { field, column in
                        guard column.validity[row] else { return "" }
                        return switch column.values {
                        case .int64(let values): String(values[row])
                        case .text(let text): text[row]
                        default: "?"
                        }
                    }.joined(separator: ","))
            }
        }
        return out
    }

    @Test("all event types, a seventh column, times with more or fewer than nine decimals")
    func changes() throws {
        let directory = try TemporaryDirectory()
        let path = try Self.put(
            """
            34200.123456789512,1,7,100,5794000,1,null
            34201,2,7,10,5794000,1,MPID
            34201.5,3,7,90,5794000,1
            34202.000000001,4,8,5,5795000,-1
            34203,5,0,6,5795100,1
            34204,6,-1,1000,5796000,-1
            34205,7,0,0,-1,-1
            34206,7,0,0,0,-1
            34207,7,0,0,1,-1
            """, "A_B_2012-06-21_34200000_57600000_message_10.csv", in: directory)
        let file = try FoundFiles.find(path)
        #expect(file.kindName == "LOBSTER message file" && file.tables == [.bookChanges, .trades])
        #expect(file.notes.contains("times of more than nine decimals are rounded to nanoseconds"))
        let t = { (ns: Int64) in String(1_340_285_400_000_000_000 + ns) }
        func row(_ ns: Int64, _ line: Int, _ cells: String) -> String { "\(t(ns)),,\(t(ns)),,A_B,\(line),\(cells)" }
        #expect(
            try Self.rows(file.read(.bookChanges)) == [
                row(123_456_790, 1, "add,1,5794000,100,7,"), row(1_000_000_000, 2, "reduce,1,5794000,10,7,"),
                row(1_500_000_000, 3, "delete,1,5794000,90,7,"),
                row(2_000_000_001, 4, "execute,-1,5795000,5,8,5795000"),
                row(3_000_000_000, 5, "hidden,1,5795100,6,,5795100"),
                row(4_000_000_000, 6, "cross,,,1000,,5796000"), row(5_000_000_000, 7, "halt,,,,,"),
                row(6_000_000_000, 8, "quote,,,,,"), row(7_000_000_000, 9, "trade,,,,,"),
            ])
        #expect(
            try Self.rows(file.read(.trades)) == [
                row(2_000_000_001, 4, "5795000,5,1,,"), row(3_000_000_000, 5, "5795100,6,-1,,hidden"),
                row(4_000_000_000, 6, "5796000,1000,,,cross"),
            ])
    }

    @Test("one-sided books, levels that are not there, and books without their messages")
    func snapshots() throws {
        let directory = try TemporaryDirectory()
        let book = try Self.put(
            "101,5,-9999999999,0,9999999999,0,-9999999999,0\n101,5,99,4,9999999999,0,-9999999999,0\n",
            "X_2012-06-21_1_2_orderbook_2.csv", in: directory)
        let error = #expect(throws: Failure.self) { _ = try FoundFiles.find(book) }
        #expect(error?.code == "data.book-pair" && error?.message.contains("_message_2.csv") == true)
        _ = try Self.put(
            "34200,1,1,5,101,-1\n34200,1,2,4,99,1\n", "X_2012-06-21_1_2_message_2.csv", in: directory)
        let file = try FoundFiles.find(book)
        #expect(file.kindName == "LOBSTER order book file, 2 levels" && file.tables == [.bookSnapshots])
        let time = "1340285400000000000"
        #expect(
            try Self.rows(file.read(.bookSnapshots)) == [
                "\(time),,\(time),,X,1,101,5,,,,,,", "\(time),,\(time),,X,2,101,5,99,4,,,,",
            ])
        let reader = try #require(try LobsterFormat.pairs(at: directory.path).first)
        var sides: [Bool] = []
        try reader.read { sides.append($0.isTwoSided) }
        #expect(sides == [false, true])
    }

    @Test("files that are no LOBSTER files are left to others, damaged ones refused")
    func refuses() throws {
        let directory = try TemporaryDirectory()
        for text in ["1,2,3,4\n", "time,open\n1,2\n", "101,5,102,4\n", "1,1,1,1,1,0\n", "101,5,99,4\n101,5,99\n"] {
            let path = try Self.put(text, "X_2012-06-21_1_2_message_1.csv", in: directory)
            #expect(try LobsterFileFormat.find(path, head: Array(text.utf8)) == nil, "\(text)")
        }
        let text = "34200,1,1,5,101,-1\n34200,7,0,0,2,-1\n"
        let path = try Self.put(text, "X_2012-06-21_1_2_message_1.csv", in: directory)
        let error = #expect(throws: MarketDataError.self) { _ = try Self.rows(FoundFiles.find(path).read(.trades)) }
        #expect(error?.message.contains("message_1.csv:2:13: found the state 2 of a halt") == true)
        let unnamed = try Self.put(text, "day.csv", in: directory)
        #expect(throws: Failure.self) { _ = try FoundFiles.find(unnamed) }
    }

    @Test(
        "messages roll the real books forward exactly", .enabled(if: SharedData.isThere, "needs the shared data"),
        arguments: [
            ("GOOG_2012-06-21_34200000_50400000_message_10.csv.gz", 100_048, 31_776),
            ("AAPL_2012-06-21_34200000_57600000_message_1.csv.gz", 118_497, 30_071),
            ("AAPL_2012-06-21_first999_message_10.csv", 999, nil as Int?),
        ])
    func roll(_ name: String, _ rows: Int, _ appeared: Int?) throws {
        let reader = try #require(try LobsterFormat.pairs(at: SharedData.path("data/lobster/\(name)")).first)
        var roll: LobsterRoll?, events = 0, impossible = 0, differences = 0
        try reader.read { event in
            events += 1
            guard roll != nil else { return roll = LobsterRoll(event.levels) }
            if roll?.apply(event.kind, side: event.side, price: event.price, size: event.size) == false {
                impossible += 1
            }
            differences += roll?.advance(to: event.levels).count ?? 0
        }
        #expect(events == rows && impossible == 0 && differences == 0)
        if let appeared { #expect(roll?.appearedCount == appeared) }
    }

    @Test("the real files as tables", .enabled(if: SharedData.isThere, "needs the shared data"))
    func real() throws {
        func count(_ name: String, _ table: CanonicalKind) throws -> Int {
            let source = try FoundFiles.find(SharedData.path("data/lobster/\(name)")).read(table)
            var count = 0
            while let chunk = try source.next() { count += chunk.rowCount }
            return count
        }
        #expect(try count("AAPL_2012-06-21_first999_message_10.csv", .bookChanges) == 999)
        #expect(try count("AAPL_2012-06-21_first999_orderbook_10.csv", .bookSnapshots) == 999)
        #expect(try count("GOOG_2012-06-21_34200000_50400000_message_10.csv.gz", .bookChanges) == 100_048)
    }

    @Test("damaged bytes give an error or a table")
    func fuzz() throws {
        let good = String(repeating: "34200.5,4,77,100,5794000,-1\n34200.6,1,78,100,5794000,-1,null\n", count: 12)
        try Mutations.run(Array(good.utf8), name: "X_2012-06-21_1_2_message_1.csv", count: 600) {
            _ = try Self.rows(FoundFiles.find($0).read(.bookChanges))
        }
    }
}
