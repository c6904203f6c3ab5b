import Basics
import MarketData
import TestSupport
import Testing

/// Bids and asks in a file each.
@Suite struct PriceSidesTests {
    private func files(_ sides: [(name: String, rows: [String])]) throws -> (TemporaryDirectory, BarFiles) {
        let directory = try TemporaryDirectory()
        for (name, rows) in sides {
            let text = "datetime,open,high,low,close,volume\n" + rows.joined(separator: "\n") + "\n"
            try AtomicFile.write(text, to: directory.file(name))
        }
        return (directory, try BarFiles(try BarReader.files(at: directory.path)))
    }

    private let bids = [
        "2025-01-06 09:30:00,1.2000,1.2010,1.1990,1.2004,5", "2025-01-06 09:35:00,1.2004,1.2008,1.2000,1.2002,7",
        "2025-01-06 09:40:00,1.2002,1.2008,1.2000,1.2006,1",
    ]
    private let asks = [
        "2025-01-06 09:30:00,1.2002,1.2012,1.1994,1.2008,5", "2025-01-06 09:40:00,1.2004,1.2010,1.2002,1.2008,2",
    ]

    private func market(_ side: PriceSides.Side?, decimals: Int = 4, mode: MarketSpec.Mode = .strict) -> MarketSpec {
        var market = MarketSpec()
        (market.files.side, market.priceDecimals, market.mode) = (side, decimals, mode)
        return market
    }

    @Test("names are sides of one where they differ in the word alone")
    func names() {
        #expect(PriceSides.split("gbpusd-m1-ask-2012").map { "\($0.base) \($0.side)" } == "gbpusd-m1-2012 ask")
        #expect(PriceSides.split("EURUSD_BID").map { "\($0.base) \($0.side)" } == "EURUSD bid")
        #expect(PriceSides.split("bid.EURUSD").map { "\($0.base) \($0.side)" } == "EURUSD bid")
        for name in ["EURUSD", "BID", "BIDU", "bid-ask", "TASK_1"] { #expect(PriceSides.split(name) == nil, "\(name)") }
    }

    @Test("both sides without a word in the market file are refused; each side and the mid are one instrument")
    func sides() throws {
        let (directory, files) = try files([("EURUSD_BID.csv", bids), ("EURUSD_ASK.csv", asks), ("SPY.csv", bids)])
        defer { withExtendedLifetime(directory) {} }
        let error = #expect(throws: Failure.self) { _ = try files.tables(market(nil)) }
        #expect(error?.code == "data.sides" && error?.hint?.contains("files: {side: mid}") == true)
        for (side, closes) in [
            (PriceSides.Side.bid, [12004, 12002, 12006]), (.ask, [12008, 12008]), (.mid, [12006, 12007]),
        ] as [(PriceSides.Side, [Int64])] {
            let tables = try files.tables(market(side))
            #expect(tables.map(\.instrument) == ["EURUSD", "SPY"])
            #expect(tables[0].close == closes, "\(side)")
        }
        let mid = try files.tables(market(.mid))[0]
        #expect(mid.open == [12001, 12003] && mid.high == [12011, 12009] && mid.low == [11992, 12001])
        #expect(mid.volume == [10, 3])
    }

    @Test("a missing side, half a step and an ask below the bid are refused; repair leaves the last out")
    func refused() throws {
        let (one, alone) = try files([("EURUSD_BID.csv", bids)])
        defer { withExtendedLifetime(one) {} }
        #expect(try alone.tables(market(.bid))[0].instrument == "EURUSD_BID")
        #expect(throws: Failure.self) { _ = try alone.tables(market(.mid)) }
        let odd = ["2025-01-06 09:30:00,1.2001,1.2012,1.1994,1.2008,5"]
        let (two, halves) = try files([("EURUSD_BID.csv", bids), ("EURUSD_ASK.csv", odd)])
        defer { withExtendedLifetime(two) {} }
        let error = #expect(throws: Failure.self) { _ = try halves.tables(market(.mid)) }
        #expect(error?.hint?.contains("priceDecimals: 5") == true)
        #expect(try halves.tables(market(.mid, decimals: 5))[0].open == [120_005])
        let below = asks.map { $0.replacing("1.2008,5", with: "1.2000,5") }
        let (three, crossed) = try files([("EURUSD_BID.csv", bids), ("EURUSD_ASK.csv", below)])
        defer { withExtendedLifetime(three) {} }
        #expect(throws: Failure.self) { _ = try crossed.tables(market(.mid)) }
        #expect(try crossed.tables(market(.mid, mode: .repair))[0].close == [12007])
    }
}
