import Backtesting
import Basics
import Features
import Foundation
import Registry
import Tensors
import Testing
import Workflows

/// Measures of a model beside the naive baseline, worked out again from the scores that evaluation kept.
@Suite struct EvaluateModelTests {
    private let project: TestProject
    private let predictions: Predictions

    init() throws {
        project = try TestProject()
        predictions = try PredictionFile.read(project.file("out/m1/evaluation/predictions.safetensors")).predictions
    }

    private func recorded(_ section: String, _ name: String) throws -> Double {
        let metrics = try project.json("out/m1/evaluation/metrics.json")
        return try #require(metrics[key: section]?[key: name]?.doubleValue, "\(section) \(name)")
    }

    private var truths: [Double] { predictions.targets.map(Double.init) }

    private func mean(_ values: some Sequence<Double>) -> Double {
        let all = Array(values)
        return all.reduce(0, +) / Double(all.count)
    }

    @Test("accuracy, log loss and Brier score, of the model and of the naive share")
    func measures() throws {
        let scores = predictions.bars.map(\.score)
        #expect(scores.count == 296 && truths.allSatisfy { $0 == 0 || $0 == 1 })
        let accuracy = mean(zip(scores, truths).map { ($0 >= 0.5) == ($1 == 1) ? 1 : 0 })
        let logLoss = mean(zip(scores, truths).map { -log($1 == 1 ? $0 : 1 - $0) })
        let brier = mean(zip(scores, truths).map { ($0 - $1) * ($0 - $1) })
        #expect(try abs(accuracy - recorded("test", "accuracy")) < 1e-12)
        #expect(try abs(logLoss - recorded("test", "log_loss")) < 1e-9)
        #expect(try abs(brier - recorded("test", "brier")) < 1e-9)
        // The naive forecaster says the share of the training span, whatever comes.
        let share = try #require(try project.json("out/m1/run.json")[key: "baseline"]?.listValue?[0].doubleValue)
        let naive = mean(truths.map { -log($0 == 1 ? share : 1 - share) })
        #expect(try abs(naive - recorded("baseline", "log_loss")) < 1e-9)
        let usual = mean(truths.map { (share >= 0.5) == ($0 == 1) ? 1 : 0 })
        #expect(try abs(usual - recorded("baseline", "accuracy")) < 1e-12)
    }

    @Test("what trading earns: one bar for every score above a half, less a basis point, by day and compounded")
    func trades() throws {
        let trades = predictions.bars.filter { $0.score > 0.5 && $0.forwardReturn.isFinite }
        // Half a basis point of each fill's value.
        let gains = trades.map { $0.forwardReturn - 0.00005 * (2 + $0.forwardReturn) }
        #expect(try Double(trades.count) == recorded("test", "trades"))
        #expect(try abs(mean(gains) * 10_000 - recorded("test", "trade_bps")) < 1e-9)
        #expect(try abs(mean(gains.map { $0 > 0 ? 1 : 0 }) - recorded("test", "hit_rate")) < 1e-12)
        // Two instruments share the capital at the start of a day; each share compounds over the day.
        var days: [Int64: [Int32: Double]] = [:]
        for (trade, gain) in zip(trades, gains) {
            days[trade.time / 86_400_000_000_000, default: [:]][trade.instrument, default: 1] *= 1 + gain
        }
        let daily = days.sorted { $0.key < $1.key }.map { $0.value.values.reduce(0) { $0 + ($1 - 1) / 2 } },
            whole = daily.reduce(1) { $0 * (1 + $1) } - 1
        #expect(try daily.count == 2 && abs(whole - recorded("test", "return")) < 1e-12)
        let center = mean(daily), spread = ((daily[0] - center) * (daily[0] - center) * 2).squareRoot()
        #expect(try abs(center / spread - recorded("test", "sharpe_daily")) < 1e-9)
        #expect(try abs(center / spread * 252.0.squareRoot() - recorded("test", "sharpe_annual")) < 1e-7)
        #expect(try recorded("alwaysLong", "trades") == 296)
        let curve = try project.read("out/m1/evaluation/equity.csv").split(separator: "\n").map {
            $0.split(separator: ",").map(String.init)
        }
        #expect(curve[0] == ["day", "return", "equity"] && curve.count == 3)
        #expect(abs((Double(curve[2][2]) ?? 0) - 1 - whole) < 1e-12)
    }

    @Test("a strategy that holds for another time than the label is refused with its line, by every command")
    func hold() throws {
        let strategy = project.file("other-hold.yaml")
        try project.write(
            try project.read("strategy.yaml").replacing("holdBars: 1", with: "holdBars: 6"), to: "other-hold.yaml")
        func refusal(_ body: () throws -> Void) -> ConfigError? { #expect(throws: ConfigError.self) { try body() } }
        let session = project.session
        var validation = CrossValidateModel.Request(
            config: project.recipe, features: project.features, strategy: strategy)
        validation.groups = 4
        let errors = [
            refusal {
                _ = try EvaluateModel.run(
                    model: project.model(1), features: project.features, strategy: strategy,
                    output: project.file("out/again"), threads: 1, session: session)
            },
            refusal { _ = try CrossValidateModel.run(validation, session: session) },
            refusal { _ = try CompareModels.run("m/1", "m/2", strategy: strategy, session: session) },
        ]
        for error in errors {
            #expect(error?.code == "strategy.hold" && error?.mark?.line == 2, "\(error?.message ?? "")")
            #expect(error?.problem.hasPrefix("found rule.holdBars 6, expected 1") == true)
        }
        #expect(!Paths.exists(project.file("out/again/metrics.json")))
    }

    @Test("all of it is on record with the run, and the scores are an artefact")
    func record() throws {
        let registry = try project.session.registry(), run = try registry.version("m/1").run
        let metrics = try registry.latestMetrics(run: run)
        for name in ["log_loss", "return", "psr"] {
            #expect(try metrics["test.\(name)"] == recorded("test", name), "\(name)")
        }
        #expect(try metrics["baseline.log_loss"] == recorded("baseline", "log_loss"))
        #expect(try metrics["baseline.always_long_return"] == recorded("alwaysLong", "return"))
        let artefact = try #require(try registry.artefacts(run: run).first { $0.name == .predictions })
        #expect(
            try artefact.digest == Digest.sha256(file: project.file("out/m1/evaluation/predictions.safetensors")))
    }

    @Test("other weights than the run made, other features and a directory without a summary are refused")
    func refusals() throws {
        func code(_ model: String, features: String? = nil) -> String? {
            project.code {
                _ = try EvaluateModel.run(
                    model: model, features: features ?? project.features, strategy: project.strategy,
                    output: project.file("out/again"), threads: 1, session: project.session)
            }
        }
        try project.write(
            try project.read("features.yaml").replacing("log(close / open)", with: "log(high / low)"),
            to: "other.yaml")
        let other = project.file("out/other.safetensors")
        _ = try BuildFeatures.run(
            spec: project.file("other.yaml"), data: project.market, market: project.file("market.yaml"), quality: nil,
            output: other, threads: 1, session: project.session)
        #expect(code(project.model(1), features: other) == "evaluate.other-features")
        try FileManager.default.removeItem(atPath: project.model(1) + "/model.safetensors")
        try FileManager.default.copyItem(
            atPath: project.model(2) + "/model.safetensors", toPath: project.model(1) + "/model.safetensors")
        #expect(code(project.model(1)) == "evaluate.weights")
        try project.write("{\"schemaVersion\": 1}", to: "out/m2/run.json")
        #expect(code(project.model(2)) == "evaluate.format")
        #expect(!Paths.exists(project.file("out/again/metrics.json")))
    }

    @Test("an ensemble answers with the mean of its members, and is a model like any other")
    func ensemble() throws {
        let session = project.session, output = project.file("out/both")
        let made = try EnsembleModels.run(
            [project.model(1), project.model(2)], name: nil, output: output, session: session)
        #expect(made.members == 2)
        let evaluated = try EvaluateModel.run(
            model: output, features: project.features, strategy: project.strategy, output: "\(output)/evaluation",
            threads: 1, session: session)
        let members = try (1...2).map {
            try PredictionFile.read(project.file("out/m\($0)/evaluation/predictions.safetensors")).predictions.bars
        }
        let scores = evaluated.predictions.predictions.bars.map(\.score)
        #expect(scores.count == 296)
        for index in scores.indices {
            #expect(abs(scores[index] - (members[0][index].score + members[1][index].score) / 2) < 1e-6)
        }
        let summary = try project.json("out/both/run.json"), registry = try session.registry()
        #expect(summary[key: "name"]?.stringValue == "tiny-ensemble" && summary[key: "parameters"]?.intValue == 14)
        #expect(try Digest.sha256(file: "\(output)/model.safetensors") == made.weights)
        let run = try registry.run(made.run)
        #expect(run.kind == .ensemble && run.status == .finished && run.experiment == "tests")
        let sources = try registry.lineage(of: "run:\(made.run)").edges.filter { $0.target == "run:\(made.run)" }
        let expected = try (1...2).map { try "run:" + registry.version("m/\($0)").run }
        #expect(Set(sources.map(\.source)) == Set(expected))
        #expect(
            project.code { _ = try EnsembleModels.run([project.model(1)], name: nil, output: output, session: session) }
                == "ensemble.members")
        var request = TrainModel.Request(
            config: project.recipe, features: project.features, output: project.file("out/wide"))
        (request.overrides, request.threads) = ([("window", .int(4))], 1)
        _ = try TrainModel.run(request, session: session)
        let mixed = [project.model(1), project.file("out/wide")]
        #expect(
            project.code { _ = try EnsembleModels.run(mixed, name: nil, output: output, session: session) }
                == "ensemble.differ")
    }

    @Test("cross-validation: six models, three paths, each over all days, and the summary on record")
    func crossValidation() throws {
        var request = CrossValidateModel.Request(
            config: project.recipe, features: project.features, strategy: project.strategy)
        (request.groups, request.testGroups, request.threads) = (4, 2, 1)
        var told: [String] = []
        let outcome = try CrossValidateModel.run(request, session: project.session) { told.append("\($0)/\($1)") }
        // C(4, 2) choices of two stretches; each stretch is tested C(3, 1) times.
        #expect(outcome.models == 6 && outcome.paths.count == 3)
        #expect(told == (0..<6).map { "\($0)/6" })
        #expect(outcome.paths.allSatisfy { $0.result.days.count == 10 && $0.result.trades > 0 })
        let sorted = outcome.paths.map { $0.sharpe ?? 0 }.sorted()
        #expect(outcome.sharpes == sorted && outcome.medianSharpe == sorted[1])
        #expect(outcome.tradedPaths == 3 && outcome.worstSharpe == sorted[0])
        // A path without a trade is the worst where the others earn: it earned nothing.
        var idle = outcome
        (idle.paths[0].result, idle.paths[0].sharpe) = (BarBacktest.Result(), nil)
        #expect(idle.tradedPaths == 2 && idle.worstSharpe == min(0, idle.sharpes[0]))
        #expect(idle.medianSharpe == (idle.sharpes[0] + idle.sharpes[1]) / 2)
        #expect(outcome.shareEarning == Double(outcome.paths.count { $0.result.equity.last ?? 0 > 1 }) / 3)
        #expect(outcome.deepestDrawdown == outcome.paths.map(\.result.maximumDrawdown).min())
        let registry = try project.session.registry(), run = try registry.run(outcome.run)
        #expect(run.kind == .crossValidation && run.status == .finished && run.experiment == "cross-validation")
        #expect(
            try registry.history(run: run.id, metric: "path.sharpe_daily").map(\.value)
                == outcome.paths.map { $0.sharpe ?? 0 })
        let metrics = try registry.latestMetrics(run: run.id)
        #expect(metrics["paths.median_sharpe_daily"] == sorted[1] && metrics["paths.share_earning"] != nil)
        let parameters = Dictionary(try registry.parameters(run: run.id)) { $1 }
        #expect(parameters["groups"] == "4" && parameters["testGroups"] == "2")
    }

    @Test("cross-validation divides the samples that a longer window of the split, or its moment, leaves")
    func crossValidationOfLongWindows() throws {
        var request = CrossValidateModel.Request(
            config: project.recipe, features: project.features, strategy: project.strategy)
        (request.groups, request.testGroups, request.threads) = (3, 1, 1)
        request.overrides = [("split.longestWindow", .int(30))]
        let outcome = try CrossValidateModel.run(request, session: project.session)
        #expect(outcome.models == 3 && outcome.paths.count == 1)
        let registry = try project.session.registry()
        #expect(try registry.run(outcome.run).status == .finished)
        let table = try FeatureTable.read(project.features),
            days = Set((0..<table.rowCount).map { table.time[$0] / 86_400_000_000_000 })
        let last = try #require(days.sorted().dropLast(3).last)
        request.overrides = [("split.asOf", .string(String(TimeText.utc(last * 86_400_000_000_000).prefix(10))))]
        let known = try CrossValidateModel.run(request, session: project.session)
        #expect(known.paths[0].result.days.count <= days.count - 3)
        // What cannot be trained ends as failed.
        request.overrides = [("split.longestWindow", .int(100_000))]
        #expect(project.code { _ = try CrossValidateModel.run(request, session: project.session) } != nil)
        let running = try registry.runs(experiment: "cross-validation").filter { $0.status == .running }
        #expect(running.isEmpty)
    }

    @Test("a strategy in another spelling is the same strategy; one that trades otherwise is another")
    func spelling() throws {
        let registry = try project.session.registry(), run = try registry.run(try registry.version("m/1").run)
        let own = try #require(try registry.test(of: run.id)?.strategy)
        func evaluate(_ old: String, _ new: String) throws -> String? {
            let path = try project.write(
                try project.read("strategy.yaml").replacing(old, with: new), to: "spelled.yaml")
            return try EvaluateModel.run(
                model: project.model(1), features: project.features, strategy: path,
                output: project.file("out/spelled"), threads: 1, session: project.session
            ).identity?.record.strategy
        }
        for (old, new) in [
            ("costBps: 1\n", "costBps: 1.0\n"), ("holdBars: 1, ", ""), ("  tick: 100\n", ""),
            ("limits:\n", "limits:\n  lot: 1\n"),
        ] { #expect(try evaluate(old, new) == own, "\(new)") }
        #expect(try registry.trialCount(beside: run).strategies == 1)
        #expect(try evaluate("costBps: 1\n", "costBps: 2\n") != own)
        #expect(try registry.trialCount(beside: run).strategies == 2)
    }

    @Test("a back-test adds what the daily returns say; capacity grows with the share that may be traded")
    func backtest() throws {
        func run(_ participation: Double, bars: Bool = true) throws -> BacktestModel.Outcome {
            try BacktestModel.run(
                model: project.model(1), features: project.features, strategy: project.strategy,
                bars: bars ? project.market : nil, participation: participation, book: nil,
                output: project.file("out/backtest"), threads: 1, session: project.session)
        }
        let outcome = try run(0.01), daily = try recorded("test", "sharpe_daily")
        #expect(abs((outcome.annualSharpe?.independent ?? 0) - daily * 252.0.squareRoot()) < 1e-9)
        #expect(outcome.drawdowns.isEmpty, "two days are too few to draw from")
        #expect(outcome.book == nil)
        let small = try #require(outcome.capacity), large = try #require(try run(0.02).capacity)
        // Every trade opens on the bar after its signal, and all have one.
        #expect(try Double(small.trades) == recorded("test", "trades"))
        #expect(abs(large.median / small.median - 2) < 1e-9 && small.cautious <= small.median)
        #expect(try run(0.01, bars: false).capacity == nil)
    }
}
