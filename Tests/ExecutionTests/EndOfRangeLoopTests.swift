import Basics
import Deployment
import Execution
import MarketData
import ModelBundles
import TestSupport
import Testing
import Trading

/// Bars and limits at the ends of the integer range: refusals by name and numbers at the end of the range, never the
/// end of the process.
@Suite struct EndOfRangeLoopTests {
    @Test("prices at both ends, with the widest limits that a bundle may carry", arguments: 0..<4)
    func prices(seed: UInt64) throws {
        let most: Int64 = 1_000_000_000_000_000
        var random = SeededRandom(seed: seed), harness = try LoopHarness(instruments: ["X", "Y,\"Z\""], feeBps: 1000)
        let rule = PositionRule(enterAbove: 1, enterBelow: -1, holdBars: 1 + Int(seed), quantity: 1_000_000_000)
        let bundle = try TinyModel.verified(rule: rule) {
            ($0.maximumQuantity, $0.maximumNotional, $0.maximumPosition) = (most, most, most)
            ($0.maximumGross, $0.maximumLoss, $0.tick) = (most, most, seed % 2 == 0 ? 1 : most)
            $0.collarBps = seed < 2 ? 500 : most
        }
        try harness.loop.install(bundle, time: TinyModel.open)
        let prices: [Int64] = [
            .min, -1, 0, 1, 100, 900_000, 1_000_000, most, 9_000_000_000_000_000_000, .max - 1, .max,
        ]
        for index in 0..<78 {
            for instrument in 0..<2 {
                let open = prices[random.index(below: prices.count)], close = prices[random.index(below: prices.count)]
                let bar = TinyModel.bar(index, open: open, close: close, score: Int64(random.index(below: 5)) - 2)
                try harness.loop.push(bar, instrument: instrument)
            }
        }
        let journal = harness.directory.file("j.csv"), summary = try harness.finish().summary
        #expect(summary.counts.bars == 156 && summary.counts.denied + summary.counts.submitted > 0)
        // What was written is read back, to the last digit and the last quote.
        let read = try JournalFile(try FileChunks.bytes(journal), priceDecimals: 4, in: "j.csv")
        #expect(read.records.count { $0.kind == .denied } == summary.counts.denied)
        #expect(read.records.count { $0.kind == .filled } == summary.counts.filled)
        #expect(Set(read.records.map(\.instrument)).isSubset(of: ["X", "Y,\"Z\""]))
    }

    @Test("limits of 9·10¹⁵ and a quantity of 10¹⁵ are refused under their names")
    func refused() throws {
        for key in [
            "maximumQuantity", "maximumNotional", "maximumPosition", "maximumGross", "maximumLoss", "collarBps",
        ] {
            let node = try JSONParser.parse("{\"\(key)\": 9000000000000000}")
            let error = #expect(throws: ConfigError.self) { try RiskLimits(node, path: "limits") }
            #expect(error?.problem.contains("limits.\(key)") == true, "\(error?.problem ?? "")")
        }
        let rule = try JSONParser.parse(#"{"enterAbove": 1, "quantity": 1000000000000000}"#)
        let error = #expect(throws: ConfigError.self) { try PositionRule(rule, path: "rule", horizon: 1) }
        #expect(error?.problem.contains("rule.quantity") == true, "\(error?.problem ?? "")")
    }
}
