import Basics
import Deployment
import Execution
import MarketData
import ModelBundles
import TestSupport
import Testing
import Trading

@Suite struct TradingLoopTests {
    @Test("a long position: decided at the close, filled at the next open, closed after the bars it is held for")
    func long() throws {
        var harness = try LoopHarness(feeBps: 2)
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, close: 1_000_000, score: 10), instrument: 0)
        try harness.loop.push(TinyModel.bar(1, open: 1_001_000, close: 1_002_000, score: 99), instrument: 0)
        try harness.loop.push(TinyModel.bar(2, open: 1_002_000, close: 1_005_000, score: 9), instrument: 0)
        try harness.loop.push(TinyModel.bar(3, score: 9), instrument: 0)
        let (lines, summary) = try harness.finish()
        // Half the collar of 500 bps above the close is 102.5; the position is closed at its second bar's close, by an
        // order with a limit half the collar below it: 97.9875, up to the tick. The signal of bar 1 finds a position,
        // that of bar 2 is too weak.
        #expect(
            lines == [
                "13:30:00,modelInstalled,,,,,,1.0,", "13:35:00,submitted,X,1,buy,50,102.5000,10.0,",
                "13:35:00,filled,X,1,buy,50,100.1000,,", "13:45:00,submitted,X,2,sell,50,97.9900,,",
                "13:45:00,filled,X,2,sell,50,100.5000,,",
            ], "\(lines)")
        #expect(summary.counts.bars == 4 && summary.counts.predictions == 4 && summary.counts.undefined == 0)
        #expect(summary.counts.submitted == 2 && summary.counts.filled == 2 && summary.counts.cancelled == 0)
        #expect(summary.openPositions == 0 && summary.counts.denied == 0 && summary.latency.count == 4)
        // 50 × 0.40 dollars; two basis points of 50 × 100.1 and 50 × 100.5.
        #expect(abs(summary.grossProfit - 20) < 1e-9 && abs(summary.fees - (5005 + 5025) * 2e-4) < 1e-9)
    }

    @Test("a short position, with prices rounded to the tick on the safe side")
    func short() throws {
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, close: 1_000_150, score: -10), instrument: 0)
        try harness.loop.push(TinyModel.bar(1, open: 999_000, close: 990_000), instrument: 0)
        try harness.loop.push(TinyModel.bar(2, open: 990_050, close: 989_950), instrument: 0)
        let (lines, summary) = try harness.finish()
        // 1,000,150 less 250 bps is 975,147: up to the tick of 100. The limit of the buy that closes,
        // 1,014,698, is rounded down.
        #expect(
            lines.dropFirst() == [
                "13:35:00,submitted,X,1,sell,50,97.5200,-10.0,", "13:35:00,filled,X,1,sell,50,99.9000,,",
                "13:45:00,submitted,X,2,buy,50,101.4600,,", "13:45:00,filled,X,2,buy,50,98.9950,,",
            ], "\(lines)")
        #expect(abs(summary.grossProfit - 50 * (99.9 - 98.995)) < 1e-9 && summary.fees == 0)
    }

    @Test("a score just at a limit trades, one inside does not; a rule without a lower limit never goes short")
    func limits() throws {
        func submitted(_ score: Int64, _ rule: PositionRule = TinyModel.rule) throws -> [String] {
            var harness = try LoopHarness()
            try harness.loop.install(TinyModel.verified(rule: rule), time: TinyModel.open)
            try harness.loop.push(TinyModel.bar(0, score: score), instrument: 0)
            return try harness.finish().lines.dropFirst().map { String($0.split(separator: ",")[4]) }
        }
        #expect(try submitted(10) == ["buy"] && submitted(-10) == ["sell"])
        #expect(try submitted(9).isEmpty && submitted(-9).isEmpty && submitted(0).isEmpty)
        #expect(try submitted(-99, PositionRule(enterAbove: 10, holdBars: 1, quantity: 1)).isEmpty)
    }

    @Test("an open beyond the limit cancels the order, one at the limit fills it")
    func cancels() throws {
        func run(_ score: Int64, open: Int64) throws -> ([String], TradingLoop.Counts) {
            var harness = try LoopHarness()
            try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
            try harness.loop.push(TinyModel.bar(0, score: score), instrument: 0)
            try harness.loop.push(TinyModel.bar(1, open: open, close: open), instrument: 0)
            let (lines, summary) = try harness.finish()
            return (lines.suffix(1), summary.counts)
        }
        let jumped = try run(10, open: 1_025_100)
        #expect(
            jumped.0 == ["13:35:00,cancelled,X,1,buy,50,102.5000,,"] && jumped.1.cancelled == 1 && jumped.1.filled == 0)
        #expect(try run(10, open: 1_025_000).0 == ["13:35:00,filled,X,1,buy,50,102.5000,,"])
        #expect(try run(-10, open: 974_900).0 == ["13:35:00,cancelled,X,1,sell,50,97.5000,,"])
        #expect(try run(-10, open: 975_000).0 == ["13:35:00,filled,X,1,sell,50,97.5000,,"])
        // After a cancel the rule may enter again.
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
        try harness.loop.push(TinyModel.bar(1, open: 1_030_000, close: 1_030_000, score: 10), instrument: 0)
        try harness.loop.push(TinyModel.bar(2, open: 1_030_000, close: 1_030_000), instrument: 0)
        #expect(try harness.finish().summary.counts.filled == 1)
    }

    @Test("no position is opened that could not be closed inside the session")
    func session() throws {
        func submits(_ index: Int, hold: Int, resets: Bool = true) throws -> Bool {
            var harness = try LoopHarness()
            let rule = PositionRule(enterAbove: 10, holdBars: hold, quantity: 1)
            try harness.loop.install(TinyModel.verified(rule: rule, resets: resets), time: TinyModel.open)
            try harness.loop.push(TinyModel.bar(index, score: 10), instrument: 0)
            return try harness.finish().summary.counts.submitted == 1
        }
        // The session has 78 bars; one that is held for two is opened at the 76th at the latest, bar number 75.
        #expect(try submits(75, hold: 2) && !submits(76, hold: 2) && submits(76, hold: 1) && !submits(77, hold: 1))
        #expect(try submits(77, hold: 5, resets: false))
    }

    /// A limit that refuses the order of 50 at 102.50, and the same limit one step wider.
    struct Denial: Sendable, CustomTestStringConvertible {
        let code: String
        let refuses: @Sendable (inout RiskLimits) -> Void
        let allows: @Sendable (inout RiskLimits) -> Void
        var testDescription: String { code }
    }

    @Test(
        "what the risk engine refuses is denied with its code, and the rule goes on",
        arguments: [
            Denial(code: "MAX_QTY", refuses: { $0.maximumQuantity = 49 }, allows: { $0.maximumQuantity = 50 }),
            Denial(
                code: "MAX_NOTIONAL", refuses: { $0.maximumNotional = 51_249_999 },
                allows: { $0.maximumNotional = 51_250_000 }),
            Denial(code: "LOT", refuses: { $0.lot = 20 }, allows: { $0.lot = 25 }),
            Denial(code: "PERMISSION", refuses: { $0.instruments = ["Y"] }, allows: { $0.instruments = ["Y", "X"] }),
            Denial(code: "MAX_POSITION", refuses: { $0.maximumPosition = 49 }, allows: { $0.maximumPosition = 50 }),
            Denial(
                code: "GROSS", refuses: { $0.maximumGross = 51_249_999 }, allows: { $0.maximumGross = 51_250_000 }),
        ])
    func denials(_ denial: Denial) throws {
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified(limits: denial.refuses), time: TinyModel.open)
        for index in 0..<3 { try harness.loop.push(TinyModel.bar(index, score: 10), instrument: 0) }
        let (lines, summary) = try harness.finish()
        #expect(lines[1] == "13:35:00,denied,X,1,buy,50,102.5000,10.0,\(denial.code)", "\(lines)")
        #expect(summary.counts.denied == 3 && summary.counts.deniedReasons == [denial.code: 3])
        #expect(summary.counts.submitted == 0 && summary.counts.filled == 0 && summary.grossProfit == 0)
        var wider = try LoopHarness()
        try wider.loop.install(TinyModel.verified(limits: denial.allows), time: TinyModel.open)
        try wider.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
        #expect(try wider.finish().summary.counts.submitted == 1)
    }

    @Test("a loss beyond the limit, realised or not, stops new positions")
    func loss() throws {
        func reasons(_ maximumLoss: Int64) throws -> [String: Int] {
            var harness = try LoopHarness(instruments: ["X", "Y"])
            let bundle = try TinyModel.verified(rule: PositionRule(enterAbove: 10, holdBars: 3, quantity: 50)) {
                $0.maximumLoss = maximumLoss
            }
            try harness.loop.install(bundle, time: TinyModel.open)
            try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
            // Filled at 100, marked at 99: 50 × 10,000 price units are lost.
            try harness.loop.push(TinyModel.bar(1, close: 990_000), instrument: 0)
            try harness.loop.push(TinyModel.bar(1, score: 10), instrument: 1)
            return try harness.finish().summary.counts.deniedReasons
        }
        #expect(try reasons(499_999) == ["LOSS": 1] && reasons(500_000).isEmpty)
    }

    @Test("what was lost by closed positions counts against the limit")
    func realisedLoss() throws {
        func reasons(_ maximumLoss: Int64) throws -> [String: Int] {
            var harness = try LoopHarness()
            let bundle = try TinyModel.verified(rule: PositionRule(enterAbove: 10, holdBars: 1, quantity: 50)) {
                $0.maximumLoss = maximumLoss
            }
            try harness.loop.install(bundle, time: TinyModel.open)
            try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
            // Bought at 100, sold at 99; then flat.
            try harness.loop.push(TinyModel.bar(1, close: 990_000), instrument: 0)
            try harness.loop.push(TinyModel.bar(2, open: 990_000, close: 990_000, score: 10), instrument: 0)
            return try harness.finish().summary.counts.deniedReasons
        }
        #expect(try reasons(499_999) == ["LOSS": 1] && reasons(500_000).isEmpty)
    }

    @Test("a position of a single lot is closed like any other", arguments: [Int64(10), -10])
    func oneLot(score: Int64) throws {
        var harness = try LoopHarness()
        let rule = PositionRule(enterAbove: 10, enterBelow: -10, holdBars: 2, quantity: 1)
        try harness.loop.install(TinyModel.verified(rule: rule), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, score: score), instrument: 0)
        try harness.loop.push(TinyModel.bar(1), instrument: 0)
        let open = harness.loop.counts.filled
        try harness.loop.push(TinyModel.bar(2), instrument: 0)
        let (lines, summary) = try harness.finish()
        #expect(open == 1 && summary.counts.filled == 2 && summary.openPositions == 0)
        #expect(lines.suffix(1) == ["13:45:00,filled,X,2,\(score > 0 ? "sell" : "buy"),1,100.0000,,"], "\(lines)")
    }

    @Test("halting denies orders and is written once; resuming lets them pass; without a bundle neither does anything")
    func halts() throws {
        var harness = try LoopHarness()
        try harness.loop.setHalted(true, time: TinyModel.open)
        try harness.loop.setHalted(false, time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
        #expect(harness.loop.counts.predictions == 0 && harness.loop.health(at: 0) == nil)
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        for _ in 0..<2 { try harness.loop.setHalted(true, time: TinyModel.open) }
        try harness.loop.push(TinyModel.bar(1, score: 10), instrument: 0)
        #expect(harness.loop.health(at: 0)?.isHalted == true)
        for _ in 0..<2 { try harness.loop.setHalted(false, time: TinyModel.open) }
        try harness.loop.push(TinyModel.bar(2, score: 10), instrument: 0)
        #expect(harness.loop.health(at: 0)?.isHalted == false)
        let (lines, summary) = try harness.finish()
        #expect(
            lines.map { String($0.split(separator: ",")[1]) }
                == ["modelInstalled", "halted", "denied", "resumed", "submitted"])
        #expect(lines[1] == "13:30:00,halted,,,,,,," && summary.counts.deniedReasons == ["HALTED": 1])
    }

    @Test("a prediction that is no finite number is counted and not traded")
    func undefined() throws {
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified(weight: 3e38), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, score: 900), instrument: 0)
        var seen: Double?
        try harness.loop.push(TinyModel.bar(1, score: 900), instrument: 0, observe: { seen = $0 })
        #expect(seen == .infinity && harness.loop.health(at: 0)?.undefined == 2)
        let summary = try harness.finish().summary
        #expect(summary.counts.predictions == 2 && summary.counts.undefined == 2 && summary.counts.submitted == 0)
    }

    @Test("a bar outside the hours gives no prediction")
    func hours() throws {
        var harness = try LoopHarness()
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        var scores: [Double?] = []
        for index in [-1, 0, 77, 78] {
            try harness.loop.push(TinyModel.bar(index, score: 3), instrument: 0, observe: { scores.append($0) })
        }
        #expect(scores == [nil, 3, 3, nil] && harness.loop.counts.bars == 4)
    }

    @Test("instruments are apart: orders, positions and fills of one are not the other's")
    func instruments() throws {
        var harness = try LoopHarness(instruments: ["X", "Y"])
        try harness.loop.install(TinyModel.verified(), time: TinyModel.open)
        try harness.loop.push(TinyModel.bar(0, score: 10), instrument: 0)
        try harness.loop.push(TinyModel.bar(0, score: -10), instrument: 1)
        try harness.loop.push(TinyModel.bar(1, open: 1_001_000), instrument: 1)
        try harness.loop.push(TinyModel.bar(1, open: 1_002_000), instrument: 0)
        let (lines, summary) = try harness.finish()
        #expect(
            lines.suffix(2) == ["13:35:00,filled,Y,2,sell,50,100.1000,,", "13:35:00,filled,X,1,buy,50,100.2000,,"],
            "\(lines)")
        #expect(summary.openPositions == 2)
        // Marked at the last closes of 100: the short earned 0.10 a share, the long lost 0.20.
        #expect(abs(summary.grossProfit - 50 * (0.1 - 0.2)) < 1e-9)
    }
}
