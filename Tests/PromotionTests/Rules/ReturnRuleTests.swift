import Backtesting
import Basics
import Promotion
import Testing

/// Rules on what a model earns, and how much of it may be luck.
@Suite struct ReturnRuleTests {
    // MARK: after-costs

    /// Half up, then a quarter down: 1.5 · 0.75 − 1 = 0.125, with a drawdown of exactly 0.25.
    private static func halfUp(trades: Int = 40) -> GateEvidence {
        var evidence = GateFixtures.evidence()
        evidence.backtest = GateFixtures.result([0.5, -0.25], trades: trades)
        return evidence
    }

    @Test(
        "return above its bound, trades at least and drawdown at most theirs; every reason is listed",
        arguments: [
            (
                #""minimumReturn": 0.12, "minimumTrades": 40, "maximumDrawdown": 0.25"#,
                "return 12.5 % after costs over 2 days and 40 trades, drawdown 25.0 %"
            ),
            (
                #""minimumReturn": 0.125, "maximumDrawdown": 0.25"#,
                "found return 12.5 % after costs, required above 12.5 %"
            ),
            (#""maximumDrawdown": 0.24"#, "found drawdown 25.0 %, allowed 24.0 %"),
            (#""minimumTrades": 41, "maximumDrawdown": 1"#, "found 40 trades, required at least 41"),
            (
                #""minimumTrades": 41, "minimumReturn": 0.5"#,
                "found 40 trades, required at least 41; return 12.5 % after costs, required above 50.0 %; "
                    + "drawdown 25.0 %, allowed 20.0 %"
            ),
        ])
    func afterCosts(_ options: String, _ reason: String) throws {
        let found = try GateFixtures.apply("{\"rule\": \"after-costs\", \(options)}", to: Self.halfUp())
        #expect(found.reason == reason)
        #expect(found.outcome == (reason.hasPrefix("found") ? "fail" : "pass"))
        #expect(found.number("return") == 0.125 && found.number("drawdown") == -0.25 && found.number("trades") == 40)
    }

    @Test("a return that is not a number holds no bound")
    func notANumber() throws {
        var evidence = Self.halfUp()
        evidence.backtest.dailyReturns = [.nan, 0.1]
        #expect(try GateFixtures.apply("\"after-costs\"", to: evidence).outcome == "fail")
    }

    // MARK: deflated-sharpe and track-record

    private static func deflated(_ options: String = "", _ evidence: GateEvidence) throws -> GateFixtures.Outcome {
        try GateFixtures.apply("{\"rule\": \"deflated-sharpe\"\(options)}", to: evidence)
    }

    private static func earning(mean: Double = 0.003, trials: Int = 5) -> GateEvidence {
        var evidence = GateFixtures.evidence()
        evidence.backtest = GateFixtures.result(GateFixtures.returns(mean: mean, days: 120))
        evidence.trials = trials
        evidence.trialSharpes = [0.1, 0.05, -0.02, 0.2, 0]
        return evidence
    }

    @Test("the deflated ratio counts all trials with the spread of those that are known, and passes at the bound")
    func deflatedSharpe() throws {
        let evidence = Self.earning(), returns = evidence.backtest.dailyReturns
        let own = try #require(PerformanceStatistics(returns))
        let spread = try #require(PerformanceStatistics(evidence.trialSharpes)).deviation
        let expected = own.deflatedSharpe(trials: 5, trialVariance: spread * spread)
        let found = try Self.deflated(", \"minimum\": \(expected)", evidence)
        #expect(found.outcome == "pass", "at the bound")
        #expect(try Self.deflated(", \"minimum\": \(expected.nextUp)", evidence).outcome == "fail")
        #expect(found.number("probability") == expected && found.number("trialVariance") == spread * spread)
        #expect(found.number("trials") == 5 && found.number("sharpe") == own.sharpe)
        #expect(found.number("standardError") == own.sharpeStandardError)
        #expect(
            found.number("minimumDays")
                == PerformanceStatistics.minimumBacktestLength(trials: 5, sharpe: own.sharpe))
        let dependentError = try #require(PerformanceStatistics.dependentStandardError(returns))
        #expect(found.number("dependentStandardError") == dependentError)
        #expect(
            found.number("dependentProbability")
                == own.deflatedSharpe(trials: 5, trialVariance: spread * spread, standardError: dependentError))
        #expect(found.reason.contains(" over 5 trials (daily ratio ") && found.reason.contains(", 120 days), required"))
        let dependent = try Self.deflated(#", "errors": "dependent", "minimum": 0"#, evidence)
        #expect(dependent.reason.contains("120 days that depend on one another), required at least 0"))
        #expect(dependent.outcome == "pass")
    }

    @Test("trials whose ratios nobody measured spread as ratios without skill do")
    func unknownSpread() throws {
        var evidence = Self.earning()
        evidence.trialSharpes = [0.1]
        let own = try #require(PerformanceStatistics(evidence.backtest.dailyReturns))
        let found = try Self.deflated("", evidence)
        #expect(found.number("trialVariance") == 1 / 119.0)
        #expect(found.number("probability") == own.deflatedSharpe(trials: 5, trialVariance: 1 / 119.0))
        #expect(found.reason.contains("over 5 trials of unknown spread (daily"))
        evidence.trials = 2
        #expect(try Self.deflated("", evidence).reason.contains("over 2 trials of unknown spread (daily"))
        #expect(try Self.deflated("", evidence).number("minimumDays") != nil)
        evidence.trials = 1
        let single = try Self.deflated("", evidence)
        #expect(single.reason.contains("over 1 trial (daily"), "one trial is no choice")
        #expect(single.measured[key: "minimumDays"]?.isNull == true)
        #expect(single.number("probability") == own.probabilisticSharpe(benchmark: 0))
    }

    @Test("a few measured trials that resemble one another do not make the many that nobody measured cost nothing")
    func partlyMeasured() throws {
        var evidence = Self.earning(trials: 50)
        evidence.trialSharpes = [0.2, 0.2001]
        let own = try #require(PerformanceStatistics(evidence.backtest.dailyReturns))
        let found = try Self.deflated("", evidence)
        #expect(found.number("trialVariance") == 1 / 119.0)
        #expect(found.number("probability") == own.deflatedSharpe(trials: 50, trialVariance: 1 / 119.0))
        #expect(found.reason.contains("over 50 trials, 2 of them measured (daily"))
        // A wider spread than that of ratios without skill is what was found.
        evidence.trialSharpes = [-0.5, 0.5]
        #expect(abs((try Self.deflated("", evidence).number("trialVariance") ?? 0) - 0.5) < 1e-12)
    }

    @Test("no number of days is enough for a ratio below zero, which a report says without infinity")
    func losing() throws {
        var evidence = Self.earning()
        evidence.backtest.dailyReturns = evidence.backtest.dailyReturns.map { -$0 }
        let found = try Self.deflated("", evidence)
        #expect((found.number("sharpe") ?? 0) < 0 && found.measured[key: "minimumDays"]?.isNull == true)
        #expect(!found.measured.text(.canonical).contains("Infinity"))
    }

    @Test("without varying returns there is no ratio")
    func noRatio() throws {
        var evidence = Self.earning()
        evidence.backtest = GateFixtures.result([0.01, 0.01, 0.01])
        let deflated = try Self.deflated("", evidence),
            record = try GateFixtures.apply("\"track-record\"", to: evidence)
        #expect(deflated.outcome == "fail")
        #expect(deflated.reason == "found no varying daily returns, so there is no Sharpe ratio")
        #expect(record.outcome == "fail")
        #expect(record.reason == "found no varying daily returns, so no track record length is defined")
    }

    @Test("the test span is compared with what the ratio needs")
    func trackRecord() throws {
        var evidence = Self.earning()
        let own = try #require(PerformanceStatistics(evidence.backtest.dailyReturns))
        func found(_ confidence: Double) throws -> GateFixtures.Outcome {
            try GateFixtures.apply("{\"rule\": \"track-record\", \"confidence\": \(confidence)}", to: evidence)
        }
        let enough = try found(0.9)
        #expect(enough.number("needed") == own.minimumTrackRecord(benchmark: 0, confidence: 0.9))
        #expect(enough.number("days") == 120)
        #expect(enough.outcome == ((enough.number("needed") ?? 0) <= 120 ? "pass" : "fail"))
        #expect(enough.reason.hasPrefix("the test span has 120 days, the Sharpe ratio needs "))
        evidence.backtest = GateFixtures.result(Array(evidence.backtest.dailyReturns.prefix(4)))
        #expect(try found(0.999).outcome == "fail")
        evidence.backtest = GateFixtures.result([0.01, -0.02, 0.001])
        let losing = try found(0.5)
        #expect(losing.outcome == "fail")
        #expect(losing.reason.hasSuffix("needs infinitely many (it is not above 0)"))
    }

    // MARK: superior

    @Test("the best of the trials against cash: p at most its bound, and a mean above zero")
    func superiorToCash() throws {
        var evidence = Self.earning()
        let differences = evidence.backtest.dailyReturns.map { [$0] },
            block = StationaryBootstrap.automaticBlock(evidence.backtest.dailyReturns)
        let expected = try #require(
            SuperiorPredictiveAbility(differences: differences, block: block, replicates: 2000))
        func found(_ maximum: Double) throws -> GateFixtures.Outcome {
            try GateFixtures.apply("{\"rule\": \"superior\", \"maximumP\": \(maximum)}", to: evidence)
        }
        evidence.trials = 1
        let p = expected.pValue(bestOf: 1, block: block, count: 120)
        let held = try found(p)
        #expect(held.outcome == "pass" && p >= expected.pValue && p > 0)
        #expect(held.number("p") == p && held.number("mean") == expected.means[0])
        #expect(held.number("days") == 120 && held.number("block") == block)
        #expect(held.reason.hasPrefix("daily return less that of cash is "))
        #expect(held.reason.contains(" bps, p = ") && !held.reason.contains("p = 0.0 "), "\(held.reason)")
        #expect(held.reason.contains(" over 120 days as the best of 1 trial, required p at most "), "\(held.reason)")
        #expect(try found(p.nextDown).outcome == "fail")
        // Šidák: one that is significant alone is not as the best of so many.
        evidence.trials = 40
        let best = try found(1)
        #expect(
            (best.number("p") ?? 0) >= p && best.number("trials") == 40 && best.reason.contains("best of 40 trials"))
        evidence.trials = 1
        evidence.backtest = GateFixtures.result(GateFixtures.returns(mean: -0.003, days: 120))
        #expect(try found(1).outcome == "fail", "a loss is never superior")
        evidence.backtest = GateFixtures.result([0.1])
        let few = try found(0.5)
        #expect(few.outcome == "no-evidence" && few.reason == "no evidence: 1 days are too few, required at least 20")
        evidence.backtest = GateFixtures.result(GateFixtures.returns(mean: 0.003, days: 19))
        #expect(try found(1).outcome == "no-evidence")
    }

    @Test("against the market day by day, which must have all of the days")
    func superiorToMarket() throws {
        var evidence = Self.earning()
        let rule = #"{"rule": "superior", "benchmark": "market", "maximumP": 1}"#
        let own = evidence.backtest.dailyReturns
        evidence.market = GateFixtures.result(own.map { $0 - 0.001 })
        let found = try GateFixtures.apply(rule, to: evidence)
        #expect(found.outcome == "pass" && abs((found.number("mean") ?? 0) - 0.001) < 1e-12)
        #expect(found.reason.hasPrefix("daily return less that of market is 10.0 bps"), "\(found.reason)")
        evidence.market = GateFixtures.result(own.map { $0 + 0.001 })
        #expect(try GateFixtures.apply(rule, to: evidence).outcome == "fail")
        evidence.market = GateFixtures.result(Array(own.dropFirst()), firstDay: 20_001)
        let gap = try GateFixtures.apply(rule, to: evidence)
        #expect(gap.outcome == "no-evidence")
        #expect(gap.reason == "no evidence: 119 of 120 days have a return of the market")
    }

    @Test("against the incumbent: holds without one, needs its backtest with one")
    func superiorToIncumbent() throws {
        var evidence = Self.earning()
        let rule = #"{"rule": "superior", "benchmark": "incumbent", "maximumP": 1}"#
        let none = try GateFixtures.apply(rule, to: evidence)
        #expect(none.outcome == "pass" && none.reason == "there is no incumbent")
        evidence.incumbent = ("m/0", evidence.predictions, evidence.predictions)
        let missing = try GateFixtures.apply(rule, to: evidence)
        #expect(missing.outcome == "no-evidence")
        #expect(missing.reason == "no evidence: the incumbent has no backtest on these days")
        evidence.incumbentBacktest = GateFixtures.result(evidence.backtest.dailyReturns.map { $0 - 0.001 })
        let better = try GateFixtures.apply(rule, to: evidence)
        #expect(better.outcome == "pass" && better.reason.contains("less that of incumbent"))
    }

    // MARK: survives-delay and cross-validated

    @Test("the delayed backtest must earn, and its absence is no evidence")
    func survivesDelay() throws {
        var evidence = GateFixtures.evidence()
        let rule = #"{"rule": "survives-delay", "bars": 3}"#
        let missing = try GateFixtures.apply(rule, to: evidence)
        #expect(missing.outcome == "no-evidence")
        #expect(missing.reason == "no evidence: no backtest with a delay of 3 bars was made")
        evidence.delayed = { GateFixtures.result([$0 == 3 ? 0.125 : -0.5]) }
        let held = try GateFixtures.apply(rule, to: evidence)
        #expect(held.outcome == "pass" && held.number("return") == 0.125 && held.number("bars") == 3)
        #expect(
            held.reason == "return 12.5 % after costs when every trade begins 3 bars later, required above 0")
        #expect(try GateFixtures.apply("\"survives-delay\"", to: evidence).outcome == "fail")
        evidence.delayed = { _ in GateFixtures.result([0]) }
        #expect(try GateFixtures.apply(rule, to: evidence).outcome == "fail", "nothing is not above nothing")
    }

    private static func crossValidated(_ sharpes: [Double], _ drawdowns: [Double], _ options: String = "") throws
        -> GateFixtures.Outcome
    {
        var evidence = GateFixtures.evidence()
        (evidence.pathSharpes, evidence.pathDrawdowns) = (sharpes, drawdowns)
        return try GateFixtures.apply("{\"rule\": \"cross-validated\"\(options)}", to: evidence)
    }

    @Test("the median path earns more than its bound, and one path in twenty may have a larger drawdown")
    func crossValidated() throws {
        let three = try Self.crossValidated([0.3, -0.1, 0.1], [-0.1, -0.2, -0.05])
        #expect(three.outcome == "pass" && three.number("medianSharpe") == 0.1)
        #expect(three.number("drawdown") == 0.2 && three.number("paths") == 3)
        #expect(
            three.reason == "over 3 paths the median daily ratio is 0.1, required above 0.0, and the drawdown of one "
                + "in twenty is 20.0 % or more, allowed 20.0 %")
        #expect(
            try Self.crossValidated([0.3, -0.1, 0.1], [-0.1, -0.2, -0.05], #", "minimumMedianSharpe": 0.1"#).outcome
                == "fail", "above, not at")
        #expect(
            try Self.crossValidated([0.3, -0.1, 0.1], [-0.1, -0.2, -0.05], #", "maximumDrawdown": 0.19"#).outcome
                == "fail")
        // Twenty paths: the second largest drawdown counts.
        let twenty = try Self.crossValidated(
            [Double](repeating: 0.1, count: 20), [-0.9] + [Double](repeating: -0.1, count: 19))
        #expect(twenty.outcome == "pass" && twenty.number("drawdown") == 0.1)
        let nineteen = try Self.crossValidated(
            [Double](repeating: 0.1, count: 19), [-0.9] + [Double](repeating: -0.1, count: 18))
        #expect(nineteen.outcome == "fail" && nineteen.number("drawdown") == 0.9)
    }

    @Test("no cross-validation is no evidence, and a path without a trade fails")
    func crossValidatedEvidence() throws {
        let none = try Self.crossValidated([], [])
        #expect(none.outcome == "no-evidence" && none.reason.contains("use hftml cross-validate"))
        let idle = try Self.crossValidated([0.1, 0.2], [-0.1, 0, -0.1])
        #expect(idle.outcome == "fail" && idle.reason == "the model never trades in 1 of 3 paths")
    }
}
