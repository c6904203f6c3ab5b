import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing

/// Pairs of LOBSTER files from which the same rows were cut.
@Suite struct LobsterHoleTests {
    /// Forty rows in which a bid grows by single orders of 100 and is taken away again.
    static func pair(without hole: Range<Int>, in directory: TemporaryDirectory) throws -> String {
        var messages: [String] = [], books: [String] = [], size = 500
        for row in 0..<40 {
            let isAdded = row % 3 != 2
            messages.append("\(34_200 + row),\(isAdded ? 1 : 3),\(row),100,990000,1")
            if row > 0 { size += isAdded ? 100 : -100 }
            books.append("1000000,50,990000,\(size)")
        }
        let kept = (0..<40).filter { !hole.contains($0) }
        let name = "X_2012-06-21_34200000_57600000"
        for (kind, lines) in [("message", messages), ("orderbook", books)] {
            try AtomicFile.write(
                kept.map { lines[$0] + "\n" }.joined(), to: directory.file("\(name)_\(kind)_1.csv"))
        }
        return directory.file("\(name)_orderbook_1.csv")
    }

    @Test("a hole in the middle of both files is refused by the row behind it, whole pairs and cut ends are read")
    func holes() throws {
        for (hole, rows) in [(0..<0, 40), (0..<7, 33), (30..<40, 30)] {
            let directory = try TemporaryDirectory(), path = try LobsterHoleTests.pair(without: hole, in: directory)
            #expect(try LobsterTableTests.rows(FoundFiles.find(path).read(.bookSnapshots)).count == rows)
            var events = 0
            try LobsterFormat.pairs(at: directory.path)[0].read { _ in events += 1 }
            #expect(events == rows)
        }
        let directory = try TemporaryDirectory(), path = try LobsterHoleTests.pair(without: 10..<14, in: directory)
        let row = "_orderbook_1.csv:11: found 900 shares at the bid of 99.0000, expected 700"
        let failure = #expect(throws: Failure.self) {
            try LobsterTableTests.rows(FoundFiles.find(path).read(.bookSnapshots))
        }
        #expect(
            failure?.code == "data.book-chain" && failure?.message.contains(row) == true, "\(failure?.message ?? "")")
        let other = #expect(throws: Failure.self) { try LobsterFormat.pairs(at: directory.path)[0].read { _ in } }
        #expect(other?.message == failure?.message)
    }

    @Test("an auction or a halt may leave any book behind")
    func resets() throws {
        let directory = try TemporaryDirectory()
        for type in [6, 7] {
            _ = try LobsterTests.pair(
                "34200,1,1,1,100,1\n34201,1,2,1,100,1\n34202,\(type),0,0,-1,-1\n34203,1,3,1,100,1\n",
                "200,5,100,1\n200,5,100,2\n300,1,100,7\n300,1,100,8\n", in: directory)
            var events = 0
            try LobsterFormat.pairs(at: directory.path)[0].read { _ in events += 1 }
            #expect(events == 4)
        }
    }

    @Test("cut from the real ten-level file", .enabled(if: SharedData.isThere, "needs the shared data"))
    func real() throws {
        let directory = try TemporaryDirectory(), name = "AAPL_2012-06-21_first999"
        for kind in ["message", "orderbook"] {
            let text = try String(
                contentsOfFile: SharedData.path("data/lobster/\(name)_\(kind)_10.csv"), encoding: .utf8)
            var lines = text.split(separator: "\n")
            lines.removeSubrange(400..<450)
            try AtomicFile.write(lines.joined(separator: "\n"), to: directory.file("\(name)_\(kind)_10.csv"))
        }
        let failure = #expect(throws: Failure.self) { try LobsterFormat.pairs(at: directory.path)[0].read { _ in } }
        #expect(failure?.message.contains("_orderbook_10.csv:401: found") == true, "\(failure?.message ?? "")")
    }
}
