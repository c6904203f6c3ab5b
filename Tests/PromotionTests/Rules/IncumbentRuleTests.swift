import Backtesting
import Basics
import Promotion
import Testing

/// Rules that compare with the version in force, on the same samples.
@Suite struct IncumbentRuleTests {
    private static let rules = ["not-worse-than-incumbent", "improves-on-incumbent"]

    /// Sixty bars with noise; `skill` of the outcome is in the score.
    private static func predictions(skill: Double, seed: UInt64 = 3) -> Predictions {
        var random = SeededRandom(seed: seed)
        let returns = (0..<60).map { _ in random.normal() }
        return GateFixtures.predictions(
            scores: returns.map { min(max(0.5 + skill * ($0 > 0 ? 1 : -1) + 0.02 * random.normal(), 0.01), 0.99) },
            returns: returns)
    }

    private static func evidence(own: Double, theirs: Double) -> GateEvidence {
        var evidence = GateFixtures.evidence()
        evidence.incumbent = ("m/7", predictions(skill: own), predictions(skill: theirs))
        return evidence
    }

    private static func apply(_ rule: String, _ metric: String = "ic", _ evidence: GateEvidence) throws
        -> GateFixtures.Outcome
    {
        try GateFixtures.apply("{\"rule\": \"\(rule)\", \"metric\": \"\(metric)\"}", to: evidence)
    }

    @Test("without an incumbent both hold", arguments: rules)
    func none(_ rule: String) throws {
        let found = try GateFixtures.apply("\"\(rule)\"", to: GateFixtures.evidence())
        #expect(found.outcome == "pass" && found.reason == "there is no incumbent" && found.measured.isNull)
    }

    @Test(
        "better, equal and worse, for a measure where more is better and one where less is",
        arguments: ["ic", "log_loss"])
    func directions(_ metric: String) throws {
        let better = Self.evidence(own: 0.2, theirs: 0), equal = Self.evidence(own: 0.1, theirs: 0.1),
            worse = Self.evidence(own: 0, theirs: 0.2)
        #expect(try Self.apply("not-worse-than-incumbent", metric, better).outcome == "pass")
        #expect(try Self.apply("not-worse-than-incumbent", metric, equal).outcome == "pass", "the same is not worse")
        #expect(try Self.apply("not-worse-than-incumbent", metric, worse).outcome == "fail")
        #expect(try Self.apply("improves-on-incumbent", metric, better).outcome == "pass")
        #expect(try Self.apply("improves-on-incumbent", metric, equal).outcome == "fail", "the same is no improvement")
        #expect(try Self.apply("improves-on-incumbent", metric, worse).outcome == "fail")
    }

    @Test("the interval of the difference is the one of the block bootstrap, and is stated")
    func interval() throws {
        let evidence = Self.evidence(own: 0.2, theirs: 0.05), pair = try #require(evidence.incumbent)
        let own = MetricSums(pair.own), theirs = MetricSums(pair.theirs), measure = try #require(own.measure("ic"))
        for (rule, confidence) in [("not-worse-than-incumbent", 0.95), ("improves-on-incumbent", 0.8)] {
            let options = rule == "improves-on-incumbent" ? ", \"confidence\": \(confidence)" : ""
            let found = try GateFixtures.apply("{\"rule\": \"\(rule)\"\(options)}", to: evidence)
            let expected = try #require(
                own.difference(
                    from: theirs, measure: measure, block: own.block(.probability), confidence: confidence))
            #expect(found.number("estimate") == expected.estimate && found.number("lower") == expected.lower)
            #expect(found.number("upper") == expected.upper)
            #expect(found.reason.hasPrefix("ic less that of m/7 is "))
            let stated = rule == "improves-on-incumbent" ? "(80.0 % interval " : "(95 % interval "
            #expect(found.reason.contains(stated), "\(found.reason)")
        }
        let above = try Self.apply("improves-on-incumbent", evidence).reason,
            below = try Self.apply("improves-on-incumbent", "log_loss", evidence).reason
        #expect(above.hasSuffix("block bootstrap); the interval's lower end must be above 0"))
        #expect(below.hasSuffix("block bootstrap); the interval's upper end must be below 0"))
    }

    @Test("a measure that is not defined for both fails")
    func undefined() throws {
        var evidence = Self.evidence(own: 0.2, theirs: 0.2)
        let sentence = "is not defined for both this version and m/7"
        let unknown = try Self.apply("not-worse-than-incumbent", "roc_auc", evidence)
        #expect(unknown.outcome == "fail" && unknown.reason == "'roc_auc' \(sentence)")
        let missing = try Self.apply("improves-on-incumbent", "roc_auc", evidence)
        #expect(missing.outcome == "no-evidence" && missing.reason == "no evidence: 'roc_auc' \(sentence)")
        // A constant score has no correlation with anything.
        evidence.incumbent?.theirs = evidence.predictions.baseline
        evidence.incumbent = ("m/7", Self.predictions(skill: 0.2), Self.predictions(skill: 0.2).baseline)
        #expect(try Self.apply("not-worse-than-incumbent", evidence).outcome == "fail")
        #expect(try Self.apply("improves-on-incumbent", evidence).outcome == "no-evidence")
    }

    private static func apply(_ rule: String, _ evidence: GateEvidence) throws -> GateFixtures.Outcome {
        try apply(rule, "ic", evidence)
    }
}
