import Backtesting
import Basics
import Promotion
import Testing

/// Rules on what predictions are worth: metric, beats-baseline, calibration, stability.
@Suite struct MeasureRuleTests {
    // MARK: metric

    @Test(
        "a measure is inside its bounds, both included",
        arguments: [
            (#""minimum": 0.02"#, "pass", "required at least 0.02"),
            (#""minimum": 0.0201"#, "fail", "required at least 0.0201"),
            (#""maximum": 0.02"#, "pass", "required at most 0.02"),
            (#""maximum": 0.0199"#, "fail", "required at most 0.0199"),
            (#""minimum": 0.01, "maximum": 0.03"#, "pass", "required at least 0.01 and at most 0.03"),
            (#""minimum": 0.03, "maximum": 0.04"#, "fail", "required at least 0.03 and at most 0.04"),
            (#""minimum": 0.001, "maximum": 0.01"#, "fail", "required at least 0.001 and at most 0.01"),
        ])
    func metric(_ options: String, _ outcome: String, _ bounds: String) throws {
        var evidence = GateFixtures.evidence()
        evidence.metrics = ["ic": 0.02]
        let found = try GateFixtures.apply("{\"rule\": \"metric\", \"metric\": \"ic\", \(options)}", to: evidence)
        #expect(found.outcome == outcome)
        #expect(found.reason == "ic is 0.02, \(bounds)")
        #expect(found.measured == .map(["value": .double(0.02)]))
    }

    @Test("a measure that nobody took fails, with the nearest name, and so does one that is not a number")
    func missingMetric() throws {
        var evidence = GateFixtures.evidence()
        let rule = #"{"rule": "metric", "metric": "roc_aux", "minimum": 0}"#
        #expect(try GateFixtures.apply(rule, to: evidence).reason == "found no measure 'roc_aux'")
        evidence.metrics = ["ic": 0.21]
        let doubtful = try GateFixtures.apply(#"{"rule": "metric", "metric": "ic", "minimum": 0.02}"#, to: evidence)
        #expect(doubtful.outcome == "pass" && doubtful.reason.hasSuffix("look for a feature that knows the label"))
        evidence.metrics = ["roc_auc": 0.6, "ic": 0.1]
        let near = try GateFixtures.apply(rule, to: evidence)
        #expect(near.outcome == "fail" && near.reason == "found no measure 'roc_aux'; the nearest is 'roc_auc'")
        evidence.metrics = ["roc_aux": .nan]
        #expect(try GateFixtures.apply(rule, to: evidence).outcome == "fail")
    }

    // MARK: beats-baseline

    /// Forty bars with alternating outcomes, scored right by `skill` above or below one half.
    private static func alternating(skill: Double, kind: Predictions.Kind = .probability) -> Predictions {
        let returns = (0..<40).map { $0 % 2 == 0 ? 2.0 : -2 }
        let middle = kind == .probability ? 0.5 : 0
        return GateFixtures.predictions(
            scores: returns.map { middle + ($0 > 0 ? skill : -skill) }, returns: returns, kind: kind, baseline: middle)
    }

    /// The interval as the rule has to find it.
    private static func interval(_ predictions: Predictions, _ name: String) throws -> BlockBootstrap.Interval {
        let own = MetricSums(predictions), naive = MetricSums(predictions.baseline)
        let measure = try #require(own.measure(name))
        return try #require(own.difference(from: naive, measure: measure, block: own.block(predictions.kind)))
    }

    @Test("a better model passes in the direction of its measure, the baseline itself and a worse one do not")
    func beatsBaseline() throws {
        for (rule, name, kind) in [
            ("\"beats-baseline\"", "log_loss", Predictions.Kind.probability),
            ("\"beats-baseline\"", "mse", .basisPoints),
            (#"{"rule": "beats-baseline", "metric": "accuracy"}"#, "accuracy", .probability),
            (#"{"rule": "beats-baseline", "metric": "brier"}"#, "brier", .probability),
        ] {
            let good = Self.alternating(skill: 0.3, kind: kind),
                found = try GateFixtures.apply(
                    rule, to: GateFixtures.evidence(predictions: good)),
                interval = try Self.interval(good, name)
            #expect(found.outcome == "pass", "\(name): \(found.reason)")
            #expect(found.number("estimate") == interval.estimate && found.number("lower") == interval.lower)
            #expect(found.number("upper") == interval.upper)
            let required = name == "accuracy" ? "lower end must be above" : "upper end must be below"
            #expect(found.reason.hasPrefix("\(name) less the naive baseline's is "))
            #expect(found.reason.hasSuffix("); the interval's \(required) 0"))
            #expect(found.reason.contains(" (95 % interval "))
            for skill in [0, -0.3] {
                let evidence = GateFixtures.evidence(predictions: Self.alternating(skill: skill, kind: kind))
                #expect(try GateFixtures.apply(rule, to: evidence).outcome == "fail", "\(name) \(skill)")
            }
        }
    }

    @Test("a measure that has no interval, or is undefined for the naive forecaster, shows nothing")
    func baselineUndefined() throws {
        let evidence = GateFixtures.evidence(predictions: Self.alternating(skill: 0.3))
        let unknown = try GateFixtures.apply(#"{"rule": "beats-baseline", "metric": "roc_auc"}"#, to: evidence)
        #expect(unknown.outcome == "fail")
        #expect(
            unknown.reason
                == "found no measure 'roc_auc' with an interval, expected one of accuracy, balanced_accuracy, f1, "
                + "log_loss, brier, ic")
        let constant = try GateFixtures.apply(#"{"rule": "beats-baseline", "metric": "ic"}"#, to: evidence)
        #expect(
            constant.outcome == "fail"
                && constant.reason
                    == "ic is undefined for the naive baseline or the model, so nothing shows that it is better"
        )
    }

    // MARK: calibration

    @Test("stated and observed frequency: the mean of the bins is compared, at the bound it passes")
    func calibration() throws {
        // Two bins: 0.25 stated and none came, 0.75 stated and all came: 0.25 off in each. One half is no success.
        var predictions = GateFixtures.predictions(scores: [0.25, 0.25, 0.75, 0.75], returns: [-1, -1, 1, 1])
        predictions.targets[0] = 0.5
        let evidence = GateFixtures.evidence(predictions: predictions)
        func found(_ maximum: Double) throws -> GateFixtures.Outcome {
            try GateFixtures.apply(
                "{\"rule\": \"calibration\", \"bins\": 2, \"maximumError\": \(maximum)}", to: evidence)
        }
        let held = try found(0.25)
        #expect(held.outcome == "pass")
        #expect(
            held.reason == "stated and observed frequency differ by 0.25 on average over 2 bins, by 0.25 at most, "
                + "allowed 0.25 on average")
        #expect(held.number("expectedError") == 0.25 && held.number("largestError") == 0.25)
        #expect(held.number("brier") == 0.0625)
        #expect(try found(0.2499).outcome == "fail")
    }

    @Test("a model that states no probability has no calibration")
    func uncalibrated() throws {
        let evidence = GateFixtures.evidence(
            predictions: GateFixtures.predictions(scores: [0.2, 0.8], returns: [-1, 1], kind: .basisPoints))
        let found = try GateFixtures.apply("\"calibration\"", to: evidence)
        #expect(found.outcome == "no-evidence" && found.status == .failed)
        #expect(found.reason == "no evidence: the model states no probability of one outcome")
    }

    // MARK: stability

    /// Five instruments of four bars each over five days; the scores of the last two are the wrong way round.
    private static func fiveInstruments() -> GateEvidence {
        let returns = (0..<20).map { $0 % 2 == 0 ? 1.0 : -1 }
        let scores = returns.indices.map { index in
            0.5 + (index < 12 ? 0.1 : -0.1) * returns[index]
        }
        var evidence = GateFixtures.evidence(
            predictions: GateFixtures.predictions(
                scores: scores, returns: returns, instruments: { Int32($0 / 4) },
                times: { Nanoseconds($0 / 4) * GateFixtures.day + Nanoseconds($0 % 4) }))
        evidence.instruments = ["A", "B", "C", "D"]
        return evidence
    }

    @Test("the share of groups above the minimum is compared, at the bound it passes")
    func stability() throws {
        let evidence = Self.fiveInstruments()
        func found(_ by: String, share: Double = 0.6, minimum: Double = 0) throws -> GateFixtures.Outcome {
            try GateFixtures.apply(
                "{\"rule\": \"stability\", \"by\": \"\(by)\", \"share\": \(share), \"minimum\": \(minimum)}",
                to: evidence)
        }
        let instruments = try found("instrument")
        #expect(instruments.outcome == "pass")
        #expect(
            instruments.reason
                == "ic is above 0.0 in 3 of 5 instruments, required 60.0 %; the lowest is -1.0 (D)")
        #expect(instruments.number("share") == 0.6 && instruments.number("groups") == 5)
        #expect(try found("instrument", share: 0.61).outcome == "fail")
        #expect(try found("instrument", minimum: 0.99).outcome == "pass", "ic is 1 in three of them")
        #expect(try found("instrument", minimum: 1).outcome == "fail", "above, not at, the minimum")
        let days = try found("day")
        #expect(days.outcome == "pass" && days.number("groups") == 5)
        #expect(days.reason.contains("in 3 of 5 days") && days.reason.hasSuffix("(1970-01-04)"), "\(days.reason)")
    }

    @Test("an instrument without a name goes by its number")
    func unnamed() throws {
        var evidence = Self.fiveInstruments()
        evidence.instruments = ["A", "B", "C"]
        #expect(try GateFixtures.apply("\"stability\"", to: evidence).reason.hasSuffix("(3)"))
    }

    @Test("seeds: two are needed, and a seed without the measure counts for nothing")
    func seeds() throws {
        var evidence = GateFixtures.evidence()
        let rule = #"{"rule": "stability", "by": "seed", "metric": "f1", "minimum": 0.5, "share": 0.5}"#
        evidence.seedMetrics = [["f1": 0.9]]
        let one = try GateFixtures.apply(rule, to: evidence)
        #expect(one.outcome == "no-evidence")
        #expect(one.reason == "no evidence: 1 seeds of this model were trained; use hftml train --repeats")
        evidence.seedMetrics = [["f1": 0.9], ["f1": 0.4]]
        let two = try GateFixtures.apply(rule, to: evidence)
        #expect(two.outcome == "pass")
        #expect(two.reason == "f1 is above 0.5 in 1 of 2 seeds, required 50.0 %; the lowest is 0.4 (seed 2)")
        evidence.seedMetrics = [["f1": 0.9], ["ic": 0.4], ["f1": 0.3], ["f1": 0.2]]
        let three = try GateFixtures.apply(rule, to: evidence)
        #expect(three.outcome == "fail" && three.number("groups") == 3 && three.reason.hasSuffix("0.2 (seed 4)"))
        evidence.seedMetrics = [["ic": 0.9], ["ic": 0.4]]
        let none = try GateFixtures.apply(rule, to: evidence)
        #expect(none.outcome == "no-evidence" && none.reason == "no evidence: 'f1' is not defined in any seed")
    }
}
