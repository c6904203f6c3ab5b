import Basics
import Deployment
import Testing
import Trading

@Suite struct JournalFileTests {
    static let header = "sequence,time,kind,instrument,order,side,quantity,price,score,reason"

    static func journal(_ lines: [String], decimals: Int = 4) throws -> JournalFile {
        try JournalFile(
            Array(([header] + lines).map { $0 + "\n" }.joined().utf8), priceDecimals: decimals, in: "j.csv")
    }

    @Test("orders are read to the last digit; bundles and halts are checked and counted")
    func reads() throws {
        let journal = try Self.journal([
            "0,2025-05-12T13:30:00Z,modelInstalled,,,,,,4.0,", "1,2025-05-12T13:35:00Z,halted,,,,,,,",
            "2,2025-05-12T13:35:00Z,denied,X,1,sell,50,97.5200,-10.25,RATE",
            "3,2025-05-12T13:40:00.5Z,filled,\"A,\"\"B\"\"\",2,buy,9223372036854775807,-0.0001,,",
            // Of a loop whose bundle has lost its authority: no order, and no damage.
            "4,2025-05-12T13:45:00Z,reducing,,,,,,,",
        ])
        #expect(journal.halts == 1 && journal.records.count == 2)
        #expect(
            journal.records[0]
                == JournalFile.Record(
                    time: 1_747_056_900_000_000_000, kind: .denied, instrument: "X", order: 1, side: .sell,
                    quantity: 50, price: 975_200, score: -10.25, reason: .rate))
        #expect(journal.records[1].instrument == "A,\"B\"" && journal.records[1].quantity == .max)
        #expect(journal.records[1].price == -1 && journal.records[1].time == 1_747_057_200_500_000_000)
        #expect(try Self.journal([]).records.isEmpty)
        #expect(
            try Self.journal(["0,2025-05-12T13:30:00Z,filled,X,1,buy,1,7,,"], decimals: 0).records[0].price == 7)
    }

    @Test(
        "a damaged line is named, and nothing of the journal is believed",
        arguments: [
            "1,2025-05-12T13:35:00Z,filled,X,1,buy,50,97.5200,,", "0,2025-05-12,filled,X,1,buy,50,97.5200,,",
            "0,2025-05-12T13:35:00Z,bought,X,1,buy,50,97.5200,,", "0,2025-05-12T13:35:00Z,filled,,1,buy,50,97.5200,,",
            "0,2025-05-12T13:35:00Z,filled,X,0,buy,50,97.5200,,", "0,2025-05-12T13:35:00Z,filled,X,1,up,50,97.5200,,",
            "0,2025-05-12T13:35:00Z,filled,X,1,buy,+50,97.5200,,",
            "0,2025-05-12T13:35:00Z,filled,X,1,buy,9223372036854775808,97.5200,,",
            "0,2025-05-12T13:35:00Z,filled,X,1,buy,50,97.52,,", "0,2025-05-12T13:35:00Z,filled,X,1,buy,50,.5200,,",
            "0,2025-05-12T13:35:00Z,filled,X,1,buy,50,922337203685477.5808,,",
            "0,2025-05-12T13:35:00Z,filled,X,1,buy,50,97.5200,,RATE",
            "0,2025-05-12T13:35:00Z,denied,X,1,buy,50,97.5200,,",
            "0,2025-05-12T13:35:00Z,denied,X,1,buy,50,97.5200,,NO",
            "0,2025-05-12T13:35:00Z,filled,\"X,1,buy,50,97.5200,,", "0,2025-05-12T13:35:00Z,filled,X,1,buy,50,97.5200,",
            "0,2025-05-12T13:35:00Z,filled,X,1,buy,50,97.5200,high,", "",
        ])
    func damaged(line: String) {
        let error = #expect(throws: Failure.self) { try Self.journal([line]) }
        #expect(
            error?.code == "journal.format" && error?.message.contains("j.csv:2: ") == true, "\(error?.message ?? "")")
    }

    @Test("a file without a header or without an end is none")
    func ends() {
        for text in ["", "time\n", Self.header, Self.header + "\n0,2025-05-12T13:30:00Z,halted,,,,,,,"] {
            #expect(throws: Failure.self) { try JournalFile(Array(text.utf8), priceDecimals: 4, in: "j.csv") }
        }
        #expect(throws: Failure.self) { try JournalFile([0xFF, 0xFE, 10], priceDecimals: 4, in: "j.csv") }
    }
}

@Suite struct JournalComparisonTests {
    static func event(
        _ kind: TradingDesk.Event.Kind, _ side: Side, _ quantity: Int64, _ price: Int64, minute: Int64,
        instrument: Int = 0,
        reason: RiskReason? = nil
    ) -> TradingDesk.Event {
        TradingDesk.Event(
            kind: kind, time: minute * 60_000_000_000,
            order: Order(id: 7, instrument: instrument, side: side, quantity: quantity, price: price), price: price,
            reason: reason)
    }

    static let lines = [
        "0,1970-01-01T00:05:00Z,submitted,X,1,buy,50,102.5000,0.5,",
        "1,1970-01-01T00:05:00Z,filled,X,1,buy,50,100.0000,,",
        "2,1970-01-01T00:10:00Z,submitted,X,2,sell,50,99.0000,,",
        "3,1970-01-01T00:10:00Z,filled,X,2,sell,50,101.0000,,",
    ]
    static let events = [
        event(.submitted, .buy, 50, 1_025_000, minute: 5), event(.filled, .buy, 50, 1_000_000, minute: 5),
        event(.submitted, .sell, 50, 990_000, minute: 10), event(.filled, .sell, 50, 1_010_000, minute: 10),
    ]

    static func compare(_ events: [TradingDesk.Event], _ lines: [String] = lines) throws -> JournalComparison {
        JournalComparison(
            events, instruments: ["X", "Y"], journal: try JournalFileTests.journal(lines), priceDecimals: 4)
    }

    @Test("equal orders are equal, whatever their numbers; the cash of the fills is exact")
    func equal() throws {
        let same = try Self.compare(Self.events)
        #expect(same.isEqual && same.differences.isEmpty && same.reasons.isEmpty)
        #expect(same.backtest.cash == 50 * 10_000 && same.runtime.submitted == 2 && same.runtime.filled == 2)
    }

    @Test("differences say when, which instrument, what each did and why; kinds are counted")
    func different() throws {
        var events = Self.events
        events[3] = Self.event(.filled, .sell, 50, 1_009_900, minute: 10)
        events.append(Self.event(.denied, .buy, 50, 1_025_000, minute: 15, instrument: 1, reason: .rate))
        let comparison = try Self.compare(events)
        #expect(!comparison.isEqual && comparison.differences.count == 2)
        #expect(
            comparison.differences[0].text
                == "X at 1970-01-01T00:10:00Z: the back-test submitted sell 50 at 99.0000, filled sell 50 at 100.9900; "
                + "the runtime submitted sell 50 at 99.0000, filled sell 50 at 101.0000")
        #expect(
            comparison.differences[1].text
                == "Y at 1970-01-01T00:15:00Z: the back-test denied buy 50 at 102.5000 (RATE); the runtime nothing")
        #expect(comparison.reasons.map(\.reason) == ["another price", "denied in the back-test alone"])
        #expect(comparison.backtest.cash == 50 * 9_900)
        events = Array(Self.events.prefix(1)) + [Self.event(.cancelled, .buy, 50, 1_025_000, minute: 5)]
        let cancelled = try Self.compare(events)
        #expect(
            cancelled.reasons.map(\.reason)
                == ["cancelled, but filled in the runtime", "submitted in the runtime alone"])
    }

    @Test("sums at the ends of the range are compared, not added up to a crash")
    func ends() throws {
        let lines = [
            "0,1970-01-01T00:05:00Z,filled,X,1,sell,9223372036854775807,922337203685477.5807,,",
            "1,1970-01-01T00:05:00Z,filled,X,1,sell,9223372036854775807,922337203685477.5807,,",
            "2,1970-01-01T00:05:00Z,filled,X,1,sell,9223372036854775807,922337203685477.5807,,",
        ]
        let events = (0..<3).map { _ in Self.event(.filled, .sell, .max, .max, minute: 5) }
        #expect(try Self.compare(events, lines).isEqual)
        #expect(try !Self.compare(Array(events.prefix(2)), lines).isEqual)
    }
}
