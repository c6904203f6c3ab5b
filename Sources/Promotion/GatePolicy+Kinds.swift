package import Basics

extension GatePolicy {
    /// Every rule that a policy may name. A new one is a file in `Rules` and a line here.
    package static let kinds = Kinds<any GateRule.Type>(
        "rule",
        [
            // What the predictions are worth.
            entry(MinimumMetric.self), entry(BeatsBaseline.self), entry(Calibrated.self), entry(Stability.self),
            // What they earn, and how much of it may be luck.
            entry(AfterCosts.self), entry(DeflatedSharpe.self), entry(MinimumTrackRecord.self),
            entry(Overfitting.self), entry(Superior.self), entry(SurvivesDelay.self), entry(CrossValidated.self),
            // Against the version in force.
            entry(NotWorseThanIncumbent.self), entry(ImprovesOnIncumbent.self),
            // The data.
            entry(QualityPassed.self), entry(Drift.self), entry(Leakage.self), entry(UnseenSpan.self),
            // Where it comes from.
            entry(LineageComplete.self), entry(CleanCommit.self), entry(Reproducible.self),
            // Whether it can run.
            entry(Rehearsal.self), entry(LatencyBudget.self), entry(BundleSize.self), entry(RiskLimitsPresent.self),
            // Who says so, and when.
            entry(ModelCardComplete.self), entry(Approvals.self), entry(FreezeWindows.self),
        ])

    /// Whether a rule of a kind may stand in a policy by its name alone; the others need some of their options.
    package static func standsAlone(_ kind: any GateRule.Type) -> Bool {
        let node = JSONValue.map([("rule", JSONValue.string(kind.name))])
        let reader = try? ConfigReader(node, path: kind.name, keys: ["rule", "id"] + kind.keys)
        return reader.map { (try? kind.init($0)) != nil } ?? false
    }

    private static func entry<Rule: GateRule>(_ rule: Rule.Type) -> Kinds<any GateRule.Type>.Entry {
        .init(rule.name, rule.summary, rule)
    }
}
