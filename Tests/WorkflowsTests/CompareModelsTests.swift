import Backtesting
import Basics
import Foundation
import Registry
import Testing
import Workflows

/// Two models side by side: what the comparison says follows from what each evaluation recorded by itself.
@Suite struct CompareModelsTests {
    /// What evaluation wrote of a model of the project.
    private func recorded(_ project: TestProject, _ number: Int, _ name: String) throws -> Double {
        let metrics = try project.json("out/m\(number)/evaluation/metrics.json")
        return try #require(metrics[key: "test"]?[key: name]?.doubleValue, "\(name)")
    }

    private func compare(
        _ project: TestProject, _ a: String = "m/1", _ b: String = "m/2", metric: String? = nil, strategy: Bool = false
    ) throws -> CompareModels.Outcome {
        try CompareModels.run(
            a, b, metric: metric, strategy: strategy ? project.strategy : nil, session: project.session)
    }

    @Test("measures are those of the evaluations, and differences are theirs")
    func measures() throws {
        let project = try TestProject(), outcome = try compare(project)
        #expect(outcome.samples == 296 && outcome.a.run.name == "seed 1" && outcome.b.run.name == "seed 2")
        #expect(try outcome.a.metrics["test.ic"] == recorded(project, 1, "ic"))
        let rows = Dictionary(outcome.measures.map { ($0.name, $0) }) { $1 }
        for name in ["accuracy", "log_loss", "brier", "ic"] {
            let row = try #require(rows[name], "\(name)")
            let a = try recorded(project, 1, name), b = try recorded(project, 2, name)
            #expect(abs(row.a.estimate - a) < 1e-9 && abs(row.b.estimate - b) < 1e-9, "\(name)")
            #expect(abs(row.difference.estimate - (a - b)) < 1e-9, "\(name)")
            #expect(row.a.lower <= row.a.estimate && row.a.estimate <= row.a.upper)
            #expect(row.isHigherBetter == ["accuracy", "ic"].contains(name))
        }
        #expect(outcome.parameterDifferences.map(\.key) == ["training.seed"])
        #expect(outcome.parameterDifferences[0].a == "1" && outcome.parameterDifferences[0].b == "2")
        #expect(outcome.dailyReturn == nil && outcome.detail.equity == nil)
    }

    @Test("a measure speaks for a side where its test does, by what is better")
    func sign() throws {
        var row = try #require(try compare(TestProject()).measures.first)
        for (estimate, p, isHigherBetter, sign) in [
            (0.1, 0.05, true, 1), (0.1, 0.01, false, -1), (-0.1, 0.01, true, -1), (-0.1, 0.01, false, 1),
            (0.1, 0.051, true, 0), (0, 0.01, true, 0), (-0.1, 1, false, 0),
        ] {
            (row.difference.estimate, row.pValue, row.isHigherBetter) = (estimate, p, isHigherBetter)
            #expect(row.sign == sign, "\(estimate), \(p), \(isHigherBetter)")
        }
    }

    @Test("seen from the other side, every difference has the other sign and the verdict is the same")
    func swapped() throws {
        let project = try TestProject()
        let there = try compare(project, strategy: true), back = try compare(project, "m/2", "m/1", strategy: true)
        #expect(there.measures.map(\.name) == back.measures.map(\.name))
        for (a, b) in zip(there.measures, back.measures) {
            #expect(abs(a.difference.estimate + b.difference.estimate) < 1e-12 && a.sign == -b.sign, "\(a.name)")
        }
        let p = try #require(there.dieboldMariano?.pValue), q = try #require(back.dieboldMariano?.pValue)
        #expect(abs(p - q) < 1e-12 && there.isDifferent == back.isDifferent)
        #expect(there.mcNemar?.onlyARight == back.mcNemar?.onlyBRight)
        let own = try #require(there.dailyReturn), theirs = try #require(back.dailyReturn)
        #expect(abs(own.estimate + theirs.estimate) < 1e-15)
    }

    @Test("one model beside itself differs in nothing")
    func same() throws {
        let project = try TestProject(), outcome = try compare(project, "m/1", "m/1", strategy: true)
        #expect(!outcome.isDifferent && outcome.measures.allSatisfy { $0.sign == 0 && $0.difference.estimate == 0 })
        let words = "log_loss does not tell m/1 and m/1 apart at 95 % (Diebold–Mariano p = 1.0000)"
        #expect(outcome.verdict.hasPrefix(words))
        #expect(outcome.verdict.hasSuffix("the difference in daily return after costs is within noise"))
        #expect(outcome.parameterDifferences.isEmpty && outcome.detail.origins.isEmpty)
        #expect(outcome.mcNemar?.onlyARight == 0 && outcome.mcNemar?.onlyBRight == 0)
        #expect(outcome.detail.effectSize == nil, "no spread, no size")
        #expect(outcome.detail.cumulativeLoss.allSatisfy { $0.value == 0 })
    }

    @Test("who alone was right is counted by the recorded scores")
    func mcNemar() throws {
        let project = try TestProject(), test = try #require(try compare(project).mcNemar)
        let files = try (1...2).map {
            try PredictionFile.read(project.file("out/m\($0)/evaluation/predictions.safetensors")).predictions
        }
        let isRight = files.map { file in
            zip(file.bars, file.targets).map { bar, target in (bar.score < 0.5) == (target == 0) }
        }
        #expect(test.onlyARight == zip(isRight[0], isRight[1]).count { $0 && !$1 })
        #expect(test.onlyBRight == zip(isRight[0], isRight[1]).count { !$0 && $1 })
        #expect(test.onlyARight + test.onlyBRight > 0)
    }

    @Test("breakdowns by instrument and day add up to the whole; the curve of losses ends at their sum")
    func detail() throws {
        let project = try TestProject(), detail = try compare(project).detail
        #expect(detail.metric == "log_loss")
        for (number, value) in [(1, \CompareModels.Group.a), (2, \CompareModels.Group.b)] {
            let whole = try recorded(project, number, "log_loss") * 296
            for groups in [detail.instruments, detail.days] {
                #expect(groups.map(\.samples).reduce(0, +) == 296)
                let sum = groups.reduce(0) { $0 + Double($1.samples) * $1[keyPath: value] }
                #expect(abs(sum - whole) < 1e-9)
            }
        }
        #expect(detail.instruments.map(\.name) == ["SIM01", "SIM02"])
        #expect(detail.days.map(\.name) == ["2025-01-17", "2025-01-21"])
        // Both instruments have a bar at each of 148 times.
        let gap = try recorded(project, 1, "log_loss") - recorded(project, 2, "log_loss")
        let last = try #require(detail.cumulativeLoss.last)
        #expect(detail.cumulativeLoss.count == 148 && abs(last.value - 148 * gap) < 1e-9)
        #expect(detail.cumulativeLoss.map(\.time) == detail.cumulativeLoss.map(\.time).sorted())
        let steps = zip([0] + detail.cumulativeLoss.map(\.value), detail.cumulativeLoss.map(\.value)).map { $1 - $0 }
        let mean = steps.reduce(0, +) / 148
        let spread = (steps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 147).squareRoot()
        #expect(abs((detail.effectSize ?? 0) - mean / spread) < 1e-9)
        #expect(detail.curves.map(\.name) == ["train.loss", "val.loss"])
        #expect(detail.curves.allSatisfy { $0.a.map(\.step) == [1, 2, 3] && $0.b.count == 3 })
        #expect(detail.seeds == nil, "both are seeds of one recipe")
        let error = try #require(detail.calibration)
        #expect(try abs(error.a.expectedError - recorded(project, 1, "calibration_error")) < 1e-9)
        #expect(try abs(error.b.expectedError - recorded(project, 2, "calibration_error")) < 1e-9)
    }

    @Test("with a strategy, both are traded as their evaluations were")
    func strategy() throws {
        let project = try TestProject(), outcome = try compare(project, strategy: true)
        let equity = try #require(outcome.detail.equity), daily = try #require(outcome.dailyReturn)
        #expect(try abs(equity.a.totalReturn - recorded(project, 1, "return")) < 1e-12)
        #expect(try abs(equity.b.totalReturn - recorded(project, 2, "return")) < 1e-12)
        let gaps = zip(equity.a.dailyReturns, equity.b.dailyReturns).map { $0 - $1 }
        #expect(gaps.count == 2 && abs(daily.estimate - (gaps[0] + gaps[1]) / 2) < 1e-12)
        #expect(outcome.verdict.contains("after costs "))
    }

    @Test(
        "strategies of the evaluations that differ are named, and money is left out; one strategy for both compares it")
    func strategies() throws {
        let project = try TestProject()
        try project.write(
            try project.read("strategy.yaml").replacing("costBps: 1\n", with: "costBps: 0\n"), to: "free.yaml")
        _ = try EvaluateModel.run(
            model: project.model(1), features: project.features, strategy: project.file("free.yaml"),
            output: project.file("out/free"), threads: 1, session: project.session)
        let outcome = try compare(project, "m/1", "out/free")
        let row = try #require(outcome.detail.origins.first { $0.what == "strategy" })
        #expect(row.a.contains("1 bps a round trip") && row.b.contains("0 bps a round trip"))
        #expect(row.a.contains("enters above 0.5"))
        #expect(outcome.moneyNote?.contains("A was traded with 1 bps, B with 0 bps") == true)
        #expect(outcome.verdict.contains("money is not compared") && outcome.dailyReturn == nil)
        try project.write(
            try project.read("strategy.yaml").replacing("enterAbove: 0.5", with: "enterAbove: 0.6"), to: "other.yaml")
        _ = try EvaluateModel.run(
            model: project.model(1), features: project.features, strategy: project.file("other.yaml"),
            output: project.file("out/other"), threads: 1, session: project.session)
        let note = try #require(try compare(project, "m/1", "out/other").moneyNote)
        #expect(note.contains("above 0.5") && note.contains("above 0.6") && !note.contains("A was traded with 1 bps,"))
        let both = try compare(project, "m/1", "out/free", strategy: true)
        #expect(both.moneyNote == nil && both.dailyReturn?.estimate == 0)
    }

    @Test("another metric decides breakdowns; an unknown one is refused with the nearest")
    func metric() throws {
        let project = try TestProject(), outcome = try compare(project, metric: "brier")
        #expect(outcome.detail.metric == "brier")
        let sum = outcome.detail.instruments.reduce(0) { $0 + Double($1.samples) * $1.b }
        #expect(try abs(sum / 296 - recorded(project, 2, "brier")) < 1e-9)
        let error = try #require(throws: Failure.self) { try compare(project, metric: "log_los") }
        #expect(error.code == "compare.metric" && error.exitStatus == .usage)
        #expect(error.hint == "did you mean 'log_loss'?")
    }

    @Test("a directory, an id and a Git revision stand for a run; what is neither is refused")
    func references() throws {
        let project = try TestProject(), registry = try project.session.registry()
        let id = try registry.version("m/1").run
        let outcome = try compare(project, "out/m1", String(id.prefix(12)))
        #expect(outcome.a.run.id == id && outcome.b.run.id == id)
        // The newest run of the commit that predicted something.
        #expect(try compare(project, "HEAD", "m/1").a.run.name == "seed 2")
        #expect(project.code { _ = try compare(project, "m/1", "m3") } == "registry.no-run")
    }

    @Test("over several seeds of two recipes, means are compared")
    func seeds() throws {
        let project = try TestProject()
        for seed in 1...2 {
            let output = project.file("out/s\(seed)")
            var request = TrainModel.Request(config: project.recipe, features: project.features, output: output)
            (request.seed, request.threads, request.name) = (seed, 1, "slow \(seed)")
            request.overrides = [("training.optimizer.learningRate", .double(0.001))]
            _ = try TrainModel.run(request, session: project.session)
            _ = try EvaluateModel.run(
                model: output, features: project.features, strategy: project.strategy, output: "\(output)/evaluation",
                threads: 1, session: project.session)
        }
        // An ensemble has its first member's recipe, and is no further seed of it.
        _ = try EnsembleModels.run(
            [project.model(1), project.model(2)], name: nil, output: project.file("out/both"), session: project.session)
        _ = try EvaluateModel.run(
            model: project.file("out/both"), features: project.features, strategy: project.strategy,
            output: project.file("out/both/evaluation"), threads: 1, session: project.session)
        let outcome = try compare(project, "m/1", "out/s1")
        let seeds = try #require(outcome.detail.seeds)
        let known = try (1...2).map { try recorded(project, $0, "log_loss") }
        #expect(seeds.a.values.sorted() == known.sorted() && seeds.b.values.count == 2)
        #expect(abs(seeds.a.mean - (known[0] + known[1]) / 2) < 1e-12)
        // Of two values, the sample deviation is their distance over √2.
        #expect(abs(seeds.a.deviation - abs(known[0] - known[1]) / 2.0.squareRoot()) < 1e-12)
        #expect(seeds.pValue.map { (0...1).contains($0) } == true)
        #expect(outcome.verdict.contains("over 2 and 2 seeds log_loss is"))
        #expect(outcome.parameterDifferences.map(\.key) == ["training.optimizer.learningRate"])
    }

    @Test("several comparisons are several chances: Holm's adjustment of their p-values")
    func several() throws {
        let project = try TestProject(), session = project.session
        func adjusted(_ others: [String]) throws -> [Double?] {
            var request = CompareTrained.Request("m/1", "m/2")
            request.others = others
            guard case .models(let outcomes, let values) = try CompareTrained.run(request, session: session) else {
                Issue.record("found policies")
                return []
            }
            #expect(outcomes.count == others.count + 1)
            return values
        }
        let p = try #require(try compare(project).dieboldMariano?.pValue)
        #expect(try adjusted([]) == [p])
        let two = try adjusted(["m/2"])
        #expect(two.count == 2 && two.allSatisfy { abs(($0 ?? 0) - min(2 * p, 1)) < 1e-15 })
        // A model beside itself has no test, and takes no part.
        #expect(try adjusted(["m/1"]) == [p, nil])
    }
}
