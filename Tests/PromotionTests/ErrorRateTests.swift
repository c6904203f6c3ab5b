import Backtesting
import Basics
import Foundation
import Promotion
import Testing

/// How often the rules on luck let an unskilled choice through, and how often they turn a skilled one away: two hundred
/// simulated cases each way.
@Suite struct ErrorRateTests {
    /// 500 days of a strategy, and the daily returns of all the trials it was chosen from.
    struct Case {
        var chosen: [Double]
        var trials: [[Double]]
    }

    static let rules = """
        [{"rule": "deflated-sharpe", "minimum": 0.95}, {"rule": "overfitting", "maximum": 0.2, "blocks": 10},
         {"rule": "superior", "benchmark": "cash", "maximumP": 0.05}, "track-record"]
        """

    /// The best by Sharpe ratio of trials whose true daily ratio is given for each.
    static func bestOf(_ skills: [Double], days: Int, _ random: inout SeededRandom) -> Case {
        let trials = skills.map { skill in (0..<days).map { _ in 0.01 * (skill + random.normal()) } }
        let best =
            trials.max { (PerformanceStatistics($0)?.sharpe ?? 0) < (PerformanceStatistics($1)?.sharpe ?? 0) } ?? []
        return Case(chosen: best, trials: trials)
    }

    static func evidence(_ one: Case) -> GateEvidence {
        var evidence = GatePolicyTests.evidence(skill: 0)
        evidence.backtest.dailyReturns = one.chosen
        evidence.backtest.days = one.chosen.indices.map { CivilDate(daysSince1970: 18_000 + $0) }
        evidence.trials = one.trials.count
        evidence.trialSharpes = one.trials.compactMap { PerformanceStatistics($0)?.sharpe }
        evidence.trialReturns = one.trials
        return evidence
    }

    @Test(
        "the best of 500 random strategies is refused for its deflated Sharpe ratio, though by itself it looks skilled")
    func bestOfMany() throws {
        let policy = try GatePolicy(JSONParser.parse("{\"rules\": \(Self.rules)}"), name: "luck")
        var random = SeededRandom(seed: 500)
        let one = Self.bestOf([Double](repeating: 0, count: 500), days: 500, &random)
        let alone = try #require(PerformanceStatistics(one.chosen))
        #expect(alone.probabilisticSharpe(benchmark: 0) > 0.99)
        let report = policy.evaluate(Self.evidence(one)), refused = report.items.filter { $0.status == .failed }
        #expect(
            Set(refused.map(\.name)).isSuperset(of: ["deflated-sharpe", "overfitting"]), "\(refused.map(\.reason))")
        #expect(refused.first?.reason.contains("500 trials") == true)
    }

    @Test(
        "superior passes the best of 50 unskilled trials in one of twenty cases, on few days too",
        arguments: [20, 60, 250])
    func superior(days: Int) throws {
        let policy = try GatePolicy(
            JSONParser.parse(#"{"rules": [{"rule": "superior", "maximumP": 0.05}]}"#), name: "luck")
        var random = SeededRandom(seed: UInt64(days)), passed = 0, found = 0
        for _ in 0..<200 {
            let unskilled = Self.bestOf([Double](repeating: 0, count: 50), days: days, &random)
            if policy.evaluate(Self.evidence(unskilled)).isPassed { passed += 1 }
            // A skill of seven standard errors over the span is found.
            let skilled = Self.bestOf(
                [7 / Double(days).squareRoot()] + [Double](repeating: 0, count: 49), days: days, &random)
            if policy.evaluate(Self.evidence(skilled)).isPassed { found += 1 }
        }
        print("superior at \(days) days, best of 50: \(passed) of 200 unskilled passed, \(200 - found) skilled refused")
        // Binomial(200, 0.05) above 18 has probability 0.01.
        #expect(passed <= 18, "\(passed)")
        #expect(found >= 160, "\(found)")
    }

    /// What the shipped policy `demo` asks of money, all together.
    static let money = """
        [{"rule": "after-costs", "minimumReturn": 0, "minimumTrades": 100, "maximumDrawdown": 0.2},
         {"rule": "deflated-sharpe", "minimum": 0.975}, "track-record"]
        """

    /// The true daily ratio that four of five times passes, for one strategy and for the best of fifty.
    static let found: [Int: (alone: Double, best: Double)] = [20: (0.75, 0.95), 60: (0.42, 0.52), 250: (0.21, 0.26)]

    @Test(
        "the shipped rules on money pass one of twenty without profit at most, and refuse one of five with enough",
        arguments: [20, 60, 250], [1, 50])
    func shipped(days: Int, strategies: Int) throws {
        let policy = try GatePolicy(JSONParser.parse("{\"rules\": \(Self.money)}"), name: "money")
        let enough = try #require(Self.found[days]), skill = strategies == 1 ? enough.alone : enough.best
        var random = SeededRandom(seed: UInt64(days), UInt64(strategies)), passed = 0, refused = 0
        func brought(_ skill: Double) -> GateEvidence {
            let one = Self.bestOf([Double](repeating: skill, count: strategies), days: days, &random)
            var evidence = Self.evidence(one)
            // One model: its first strategy alone has its ratio on record. Small returns, so that only luck is judged.
            evidence.trialSharpes = PerformanceStatistics(one.trials[0]).map { [$0.sharpe] } ?? []
            evidence.backtest.dailyReturns = evidence.backtest.dailyReturns.map { $0 / 5 }
            return evidence
        }
        for _ in 0..<200 {
            if policy.evaluate(brought(0)).isPassed { passed += 1 }
            if !policy.evaluate(brought(skill)).isPassed { refused += 1 }
        }
        print("shipped, \(days) days, best of \(strategies): \(passed) of 200 passed, \(refused) refused at \(skill)")
        // Binomial(200, 0.05) above 18, and Binomial(200, 0.2) above 53, have a probability of 0.01.
        #expect(passed <= 18 && refused <= 53, "\(passed), \(refused)")
    }

    @Test("200 unskilled choices and 200 skilled ones: share wrongly passed and wrongly refused")
    func rates() throws {
        let policy = try GatePolicy(JSONParser.parse("{\"rules\": \(Self.rules)}"), name: "luck")
        var random = SeededRandom(seed: 6), passed = 0, refused = 0, alone = 0
        for index in 0..<200 {
            // From 10 to 50 trials without skill; the naive gate, a ratio that is significant by itself, is fooled by
            // most of them.
            let unskilled = Self.bestOf([Double](repeating: 0, count: 10 + index % 41), days: 500, &random)
            if (PerformanceStatistics(unskilled.chosen)?.probabilisticSharpe(benchmark: 0) ?? 0) > 0.95 { alone += 1 }
            if policy.evaluate(Self.evidence(unskilled)).isPassed { passed += 1 }
            // One of twenty trials earns a daily ratio of 0.25 (annual 4), as the simulated market offers; the others
            // nothing.
            let skilled = Self.bestOf([0.25] + [Double](repeating: 0, count: 19), days: 500, &random)
            if !policy.evaluate(Self.evidence(skilled)).isPassed { refused += 1 }
        }
        print(
            "error rates over 200 cases each: \(passed) unskilled passed (\(alone) by their own significance alone),",
            "\(refused) skilled refused"
        )
        // 5 % nominal for the deflated ratio alone; all rules together are stricter. Binomial(200, 0.05) above 18 has
        // probability 0.01.
        #expect(passed <= 10, "\(passed)")
        #expect(refused <= 20, "\(refused)")
        #expect(alone > 100, "\(alone)")
    }
}
