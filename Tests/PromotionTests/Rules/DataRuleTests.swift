import Backtesting
import Basics
import Promotion
import Testing

/// Rules on the data: quality, drift, leakage; and on where a version comes from: lineage, commit, reproduction.
@Suite struct DataRuleTests {
    @Test(
        "the quality report passed, failed, or is missing",
        arguments: [
            (true, "pass", "the data quality report behind the features passed"),
            (false, "fail", "the data quality report behind the features failed"),
            (nil, "fail", "found no data quality report behind the features"),
        ] as [(Bool?, String, String)])
    func quality(_ passed: Bool?, _ outcome: String, _ reason: String) throws {
        var evidence = GateFixtures.evidence()
        evidence.qualityPassed = passed
        let found = try GateFixtures.apply("\"quality-passed\"", to: evidence)
        #expect(found.outcome == outcome && found.reason == reason)
    }

    // MARK: drift

    private static func drift(_ recent: [Double]) throws -> ShareDrift {
        try #require(ShareDrift(reference: [0.5, 0.5], recent: recent))
    }

    @Test("the feature that moved most is compared, at the bound it passes, and all that moved too far are named")
    func drift() throws {
        var evidence = GateFixtures.evidence()
        let missing = try GateFixtures.apply("\"drift\"", to: evidence)
        #expect(missing.outcome == "no-evidence")
        #expect(missing.reason == "no evidence: features of the training and test span were not compared")
        let small = try Self.drift([0.55, 0.45]), large = try Self.drift([0.7, 0.3])
        evidence.featureDrift = [("calm", small), ("wild", large)]
        func found(_ maximum: Double) throws -> GateFixtures.Outcome {
            try GateFixtures.apply("{\"rule\": \"drift\", \"maximumIndex\": \(maximum)}", to: evidence)
        }
        let held = try found(large.stabilityIndex)
        #expect(held.outcome == "pass")
        // (0.7 − 0.5) ln(0.7/0.5) + (0.3 − 0.5) ln(0.3/0.5) = 0.1695.
        #expect(held.reason.hasPrefix("the stability index of 2 features is at most 0.169 (wild), allowed 0.169"))
        #expect(
            held.measured
                == .map(["calm": .double(small.stabilityIndex), "wild": .double(large.stabilityIndex)]))
        let moved = try found(large.stabilityIndex.nextDown)
        #expect(moved.outcome == "fail")
        #expect(moved.reason.hasSuffix("between training and test span: wild 0.169"))
        #expect(try found(0).reason.hasSuffix("between training and test span: calm 0.01, wild 0.169"))
    }

    // MARK: leakage

    @Test("the strongest correlation of either sign is compared, at the bound it passes; five suspects are named")
    func leakage() throws {
        var evidence = GateFixtures.evidence()
        let missing = try GateFixtures.apply("\"leakage\"", to: evidence)
        #expect(missing.outcome == "no-evidence")
        #expect(missing.reason == "no evidence: features and what came next were not compared")
        evidence.featureCorrelation = [("a", 0.1), ("b", -0.2), ("c", 0.05)]
        func found(_ maximum: Double) throws -> GateFixtures.Outcome {
            try GateFixtures.apply("{\"rule\": \"leakage\", \"maximumCorrelation\": \(maximum)}", to: evidence)
        }
        let held = try found(0.2)
        #expect(held.outcome == "pass")
        #expect(
            held.reason == "no feature by itself is correlated with what comes next by more than 0.2 (b), allowed 0.2")
        #expect(held.measured == .map(["a": .double(0.1), "b": .double(-0.2), "c": .double(0.05)]))
        let leaked = try found(0.19)
        #expect(leaked.outcome == "fail")
        #expect(
            leaked.reason == "found features that predict what comes next better than 0.19, most likely because they "
                + "have seen it: b -0.2")
        evidence.featureCorrelation = (1...7).map { ("f\($0)", 0.5) }
        #expect(try found(0.2).reason.hasSuffix("it: f1 0.5, f2 0.5, f3 0.5, f4 0.5, f5 0.5"))
        evidence.featureCorrelation = [("a", .nan)]
        #expect(try found(0.2).outcome == "fail", "what is not a number holds no bound")
    }

    // MARK: lineage, clean-commit, reproducible

    private static let complete: Set<String> = ["raw-data", "features", "run", "code", "split"]

    @Test("the lineage reaches all of raw data, features, run and code")
    func lineage() throws {
        var evidence = GateFixtures.evidence()
        for kind in ["raw-data", "features", "run", "code"] {
            evidence.lineageKinds = Self.complete.subtracting([kind])
            let found = try GateFixtures.apply("\"lineage\"", to: evidence)
            #expect(found.outcome == "fail" && found.reason == "the lineage does not reach \(kind)")
        }
        evidence.lineageKinds = []
        #expect(
            try GateFixtures.apply("\"lineage\"", to: evidence).reason
                == "the lineage does not reach raw-data, features, run, code")
        evidence.lineageKinds = Self.complete
        let outside = try GateFixtures.apply("\"lineage\"", to: evidence)
        #expect(outside.outcome == "pass" && outside.reason.contains("and no commit"), "\(outside)")
        #expect(
            try GateFixtures.apply(#"{"rule": "lineage", "requireCleanCommit": true}"#, to: evidence).outcome
                == "no-evidence")
        evidence.commit = "0123456789abcdef"
        let clean = try GateFixtures.apply("\"lineage\"", to: evidence)
        #expect(clean.outcome == "pass" && clean.reason == "the lineage reaches raw data and commit 0123456789ab")
        #expect(
            try GateFixtures.apply(#"{"rule": "lineage", "requireCleanCommit": true}"#, to: evidence).outcome == "pass")
    }

    @Test("changed files are told, and fail where a clean commit is required")
    func dirty() throws {
        var evidence = GateFixtures.evidence()
        (evidence.lineageKinds, evidence.dirtyFiles) = (Self.complete, ["a", "b", "c", "d", "e", "f"])
        evidence.commit = "0123456789abcdef"
        let told = try GateFixtures.apply("\"lineage\"", to: evidence)
        #expect(told.outcome == "pass")
        #expect(told.reason == "the lineage reaches raw data and commit 0123456789ab (6 files were changed)")
        let required = try GateFixtures.apply(#"{"rule": "lineage", "requireCleanCommit": true}"#, to: evidence)
        #expect(required.outcome == "fail")
        #expect(required.reason == "the run was made with 6 changed files: a, b, c, d, e")
        evidence.dirtyFiles = ["a"]
        #expect(try GateFixtures.apply("\"lineage\"", to: evidence).reason.hasSuffix("(1 file was changed)"))
        #expect(try GateFixtures.apply("\"clean-commit\"", to: evidence).reason.hasSuffix(" with 1 changed file: a"))
    }

    @Test("a clean commit, one with changes, and none")
    func commit() throws {
        var evidence = GateFixtures.evidence()
        let none = try GateFixtures.apply("\"clean-commit\"", to: evidence)
        #expect(none.outcome == "no-evidence" && none.reason == "no evidence: the run was made outside Git")
        evidence.commit = "0123456789abcdef"
        let clean = try GateFixtures.apply("\"clean-commit\"", to: evidence)
        #expect(clean.outcome == "pass")
        #expect(clean.reason == "the run was made from commit 0123456789ab without changes")
        evidence.dirtyFiles = ["a", "b", "c", "d", "e", "f"]
        let dirty = try GateFixtures.apply("\"clean-commit\"", to: evidence)
        #expect(dirty.outcome == "fail")
        #expect(
            dirty.reason == "the run was made from commit 0123456789ab with 6 changed files: a, b, c, d, e")
    }

    @Test("a rerun gave the same weights, others, or nobody tried")
    func reproducible() throws {
        var evidence = GateFixtures.evidence()
        let none = try GateFixtures.apply("\"reproducible\"", to: evidence)
        #expect(none.outcome == "no-evidence")
        #expect(none.reason == "no evidence: nobody reran the training; run: hftml reproduce m/1")
        evidence.reproduction = (true, "the same")
        let same = try GateFixtures.apply("\"reproducible\"", to: evidence)
        #expect(same.outcome == "pass" && same.reason == "the same")
        evidence.reproduction = (false, "other weights")
        #expect(try GateFixtures.apply("\"reproducible\"", to: evidence).outcome == "fail")
    }
}
