import Backtesting
import Basics
import Promotion
import Testing

/// The rule on the probability that the choice among the trials was overfitting.
@Suite struct OverfittingTests {
    /// Trials of 16 periods in four blocks. The first is best in each block, so the choice is never overfitted.
    private static func trials(consistent: Bool) -> GateEvidence {
        var evidence = GateFixtures.evidence()
        evidence.trials = 4
        var random = SeededRandom(seed: 5)
        evidence.trialReturns = (0..<3).map { trial in
            (0..<16).map { _ in
                (consistent ? 0.05 * Double(1 - trial) : 0) + 0.01 * random.normal()
            }
        }
        return evidence
    }

    @Test("the probability of overfitting is compared, at the bound it passes")
    func overfitting() throws {
        let noise = Self.trials(consistent: false), returns = noise.trialReturns
        let expected = try #require(
            BacktestOverfitting(returns: (0..<16).map { t in returns.map { $0[t] } }, blocks: 4))
        func found(_ maximum: Double, _ evidence: GateEvidence) throws -> GateFixtures.Outcome {
            try GateFixtures.apply(
                "{\"rule\": \"overfitting\", \"blocks\": 4, \"maximum\": \(maximum)}", to: evidence)
        }
        try #require(expected.probability > 0)
        let held = try found(expected.probability, noise)
        #expect(held.outcome == "pass")
        #expect(try found(expected.probability.nextDown, noise).outcome == "fail")
        #expect(held.number("probability") == expected.probability && held.number("splits") == 6)
        #expect(held.number("probabilityOfLoss") == expected.probabilityOfLoss && held.number("trials") == 3)
        #expect(held.number("degradation") == expected.degradation.slope)
        #expect(held.reason.contains(" % of 6 splits (3 of 4 trials, 4 blocks), allowed "))
        // Eleven quantiles of six logits: positions 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5.
        let logits = expected.splits.map(\.logit).sorted()
        #expect(
            held.measured[key: "logits"]?.listValue?.map { $0.doubleValue ?? .nan }
                == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5].map { logits[$0] })
        #expect(try found(0, Self.trials(consistent: true)).outcome == "pass")
    }

    @Test("one trial is no choice; trials without returns, or with too few of them, are no evidence")
    func overfittingEvidence() throws {
        var evidence = Self.trials(consistent: true)
        let rule = #"{"rule": "overfitting", "blocks": 8}"#
        evidence.trialReturns = evidence.trialReturns.map { Array($0.prefix(5)) }
        let short = try GateFixtures.apply(rule, to: evidence)
        #expect(short.outcome == "no-evidence" && short.reason == "no evidence: 5 periods are too few for 8 blocks")
        evidence.trialReturns = Array(evidence.trialReturns.prefix(1))
        let lone = try GateFixtures.apply(rule, to: evidence)
        #expect(lone.outcome == "no-evidence")
        #expect(lone.reason == "no evidence: 4 trials were made, and the returns of 1 are recorded")
        evidence.trials = 2
        #expect(try GateFixtures.apply(rule, to: evidence).outcome == "no-evidence")
        evidence.trials = 1
        let single = try GateFixtures.apply(rule, to: evidence)
        #expect(single.outcome == "pass")
        #expect(single.reason == "one trial was made, so nothing was chosen among several")
    }

    @Test("trials of unequal length are compared over what all of them have")
    func unequalTrials() throws {
        var evidence = Self.trials(consistent: true)
        evidence.trialReturns[0] += [1, 1, 1]
        let rule = #"{"rule": "overfitting", "blocks": 4}"#, cut = try GateFixtures.apply(rule, to: evidence)
        #expect(try cut == GateFixtures.apply(rule, to: Self.trials(consistent: true)))
    }
}
