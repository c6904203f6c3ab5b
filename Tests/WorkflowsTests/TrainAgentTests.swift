import Backtesting
import Basics
import Foundation
import Registry
import ReinforcementLearning
import Tensors
import Testing
import Workflows

/// Agents: a table on a task with a known best policy, and a network on recorded bars, which becomes a model.
@Suite struct TrainAgentTests {
    private static let table = """
        schemaVersion: 1
        name: chain
        environment: momentum-chain
        agent: {kind: tabular-q, totalSteps: 3000000, discount: 0.99, rate: 0.2, halving: 5000}
        evaluation: {episodes: 200, discount: 0.99}

        """

    private static let trader = """
        schemaVersion: 1
        name: trader
        environment: bar-trading
        window: 3
        split: {kind: time, test: 0.2, validation: 0.15}
        layers: [{layer: flatten}, {layer: dense, units: 4}, {layer: tanh}]
        agent: {kind: ppo, totalSteps: 2048}
        training: {optimizer: {kind: adam, learningRate: 0.01}, seed: 1}
        evaluation: {episodes: 20}

        """

    private func request(_ project: TestProject, _ text: String, to output: String, features: Bool = false) throws
        -> TrainModel.Request
    {
        var request = TrainModel.Request(
            config: try project.write(text, to: "agent.yaml"), features: features ? project.features : nil,
            output: project.file(output))
        request.threads = 1
        return request
    }

    @Test("a table learns the best policy of its task, beside what is known of it, all on record")
    func tableLearns() throws {
        let project = try TestProject(.empty), session = project.session
        let outcome = try TrainAgent.run(try request(project, Self.table, to: "out/q"), session: session)
        let evaluation = try #require(outcome.evaluation), share = try #require(evaluation.shareOfGap)
        #expect(outcome.isFinished && outcome.steps == 3_000_000 && abs(share - 1) < 0.05)
        #expect(evaluation.rows.map(\.name) == ["learned", "always flat", "follow the regime"])
        let means = evaluation.rows.map(\.statistics.mean)
        // The share is what the learned policy has of the distance between the naive one and the best.
        #expect(abs(share - (means[0] - means[1]) / (means[2] - means[1])) < 1e-12)
        let advantage = try #require(evaluation.rows[1].advantage)
        #expect(abs(advantage.mean - (means[0] - means[1])) < 1e-9 && advantage.lower < advantage.mean)
        #expect(evaluation.rows[0].advantage == nil && evaluation.rows[0].statistics.returns.count == 200)
        #expect(try Digest.sha256(file: project.file("out/q/policy.safetensors")) == outcome.weights)
        #expect(!Paths.exists(project.file("out/q/model.safetensors")), "a table is no model")
        let registry = try session.registry(), metrics = try registry.latestMetrics(run: outcome.run)
        #expect(metrics["val.return"] == means[0] && metrics["val.share_of_gap"] == share)
        #expect(metrics["reference.always flat"] == means[1])
        let curve = try registry.history(run: outcome.run, metric: "train.return")
        #expect(curve.last?.step == 3_000_000 && curve.map(\.step) == curve.map(\.step).sorted())
        let run = try registry.run(outcome.run)
        #expect(run.kind == .train && run.status == .finished && run.dataDigest?.hasPrefix("task:") == true)
        let summary = try project.json("out/q/run.json")
        #expect(summary[key: "agent"]?.stringValue == "tabular-q" && summary[key: "steps"]?.intValue == 3_000_000)
        // Read back, it does the same.
        let again = try EvaluatePolicy.run(project.file("out/q/policy.safetensors"), threads: 1)
        #expect(again.rows.map(\.statistics.mean) == means)
        #expect(again.json[key: "schemaVersion"]?.intValue == 1)
        let fewer = try EvaluatePolicy.run(project.file("out/q/policy.safetensors"), episodes: 10, threads: 1)
        #expect(fewer.rows.allSatisfy { $0.statistics.returns.count == 10 })
    }

    @Test("a policy beside itself cannot be told apart, one that learned nothing can")
    func compared() throws {
        let project = try TestProject(.empty), session = project.session
        _ = try TrainAgent.run(try request(project, Self.table, to: "out/q"), session: session)
        let lazy = Self.table.replacing("rate: 0.2", with: "rate: 0.1").replacing("3000000", with: "1")
        _ = try TrainAgent.run(try request(project, lazy, to: "out/lazy"), session: session)
        func compare(_ a: String, _ b: String) throws -> ComparePolicies.Outcome {
            try #require(try ComparePolicies.run(a, b, data: nil, threads: 1, session: session))
        }
        let same = try compare("out/q", "out/q")
        #expect(!same.isDifferent && same.difference.mean == 0 && same.parameters.isEmpty)
        #expect(same.verdict == "On the same 200 episodes out/q and out/q cannot be told apart at 95 %.")
        let differing = try compare("out/q", "out/lazy")
        #expect(Set(differing.parameters.map(\.key)) == ["agent.rate", "agent.totalSteps"])
        #expect(abs(differing.difference.mean - (differing.a.mean - differing.b.mean)) < 1e-9)
        #expect(differing.isDifferent && differing.difference.mean > 0)
        #expect(differing.verdict == "out/q earns more than out/lazy on the same 200 episodes, at 95 %.")
        let back = try compare("out/lazy", "out/q")
        #expect(back.isDifferent && back.verdict == differing.verdict)
        // Options of models are not for policies.
        var request = CompareTrained.Request("out/q", "out/lazy")
        guard case .policies = try CompareTrained.run(request, session: session) else {
            Issue.record("found models")
            return
        }
        request.metric = "ic"
        #expect(project.code { _ = try CompareTrained.run(request, session: session) } == "compare.policies")
    }

    @Test("an agent that is stopped resumes from its checkpoint, with the same configuration alone")
    func resumes() throws {
        let project = try TestProject(.empty), session = project.session
        var request = try request(project, Self.table, to: "out/q"), steps = 0
        let stopped = try TrainAgent.run(
            request, session: session,
            shouldStop: {
                steps += 1
                return steps == 3
            })
        #expect(!stopped.isFinished && stopped.steps > 0 && stopped.steps < 3_000_000 && stopped.evaluation == nil)
        let registry = try session.registry()
        #expect(try registry.run(stopped.run).status == .interrupted)
        #expect(Paths.exists(session.checkpointPath(run: stopped.run)))
        request.resume = stopped.run
        var changed = request
        changed.overrides = [("agent.rate", .double(0.1))]
        #expect(project.code { _ = try TrainAgent.run(changed, session: session) } == "train.other-config")
        let whole = try TrainAgent.run(request, session: session)
        #expect(whole.isFinished && whole.run == stopped.run && whole.steps == 3_000_000)
        #expect(!Paths.exists(session.checkpointPath(run: stopped.run)))
        (request.resume, request.output) = (nil, project.file("out/once"))
        #expect(try TrainAgent.run(request, session: session).weights == whole.weights)
    }

    @Test("an agent keeps its best policy, ends early where it is told to, and resumes to the same bytes")
    func keepsBest() throws {
        let project = try TestProject(.empty), session = project.session
        // A rate that makes the network forget: it is at its best long before the end.
        let text = """
            schemaVersion: 1
            name: forgetful
            environment: cartpole
            layers: [{layer: dense, units: 16}, {layer: relu}]
            agent: {kind: dqn, totalSteps: 12000, learningStarts: 200, batch: 32, explorationShare: 0.3}
            training: {optimizer: {kind: adam, learningRate: 0.03}, seed: 1}
            evaluation: {episodes: 20, selectionEpisodes: 10, every: 400, patience: 12}

            """
        var request = try request(project, text, to: "out/d"), questions = 0
        let outcome = try TrainAgent.run(request, session: session)
        let best = try #require(outcome.best), returns = outcome.selection.map(\.meanReturn)
        #expect(outcome.isFinished && outcome.selection.map(\.steps).allSatisfy { $0 % 400 < 8 })
        #expect(best.meanReturn == returns.max() && best.steps < outcome.steps)
        #expect(outcome.isEarly == (outcome.steps < 12_000))
        let metrics = try session.registry().latestMetrics(run: outcome.run)
        #expect(metrics["best.step"] == Double(best.steps) && metrics["selection.return"] == returns.last)
        #expect(try project.json("out/d/run.json")[key: "bestStep"]?.intValue == best.steps)
        // Stopped after the best moment, it still has it.
        request.output = project.file("out/e")
        let stopped = try TrainAgent.run(
            request, session: session,
            shouldStop: {
                questions += 1
                return questions == best.steps / 8 + 40
            })
        #expect(!stopped.isFinished && stopped.best == best)
        request.resume = stopped.run
        let resumed = try TrainAgent.run(request, session: session)
        #expect(resumed.weights == outcome.weights && resumed.selection == outcome.selection)
        request.overrides = [("evaluation.every", .int(0))]
        request.resume = nil
        #expect(project.code { _ = try TrainAgent.run(request, session: session) } == "config.invalid")
    }

    @Test("what is no policy, or a damaged one, is refused")
    func damaged() throws {
        let project = try TestProject(), policy = project.file("out/m1/model.safetensors")
        #expect(project.code { _ = try PolicyFile.read(policy) } == "policy.format")
        #expect(try EvaluatePolicy.path("out/m1", session: project.session) == nil, "a model that predicts")
        #expect(try EvaluatePolicy.path("m/1", session: project.session) == nil)
        _ = try TrainAgent.run(try request(project, Self.table, to: "out/q"), session: project.session)
        let path = try #require(try EvaluatePolicy.path("out/q", session: project.session))
        #expect(path == project.file("out/q/policy.safetensors"))
        var request = EvaluateTrained.Request(model: "out/q")
        (request.from, request.threads) = ("2025-01-21", 1)
        // A time means nothing to episodes; it is not passed over.
        #expect(project.code { _ = try EvaluateTrained.run(request, session: project.session) } == "evaluate.options")
        var file = try SafetensorsFile.read(path)
        file.set("values", shape: [1, 3], .float64([0, 0, 0]))
        try file.write(to: project.file("out/short.safetensors"))
        #expect(project.code { _ = try PolicyFile.read(project.file("out/short.safetensors")) } == "policy.format")
        file.metadata["version"] = "2"
        try file.write(to: project.file("out/next.safetensors"))
        #expect(project.code { _ = try PolicyFile.read(project.file("out/next.safetensors")) } == "policy.format")
    }

    @Test("an agent on bars becomes a model: its output is what long has over short, and it is evaluated as one")
    func trades() throws {
        let project = try TestProject(.features), session = project.session
        let request = try request(project, Self.trader, to: "out/t", features: true)
        let outcome = try TrainAgent.run(request, session: session)
        // Two instruments on two days of the validation span, whatever number of episodes was asked for.
        let evaluation = try #require(outcome.evaluation)
        #expect(evaluation.rows.map(\.statistics.returns.count) == [4, 4, 4])
        #expect(evaluation.rows[1].statistics.mean == 0, "who never trades earns nothing")
        let policy = try SafetensorsFile.read(project.file("out/t/policy.safetensors"))
        let model = try SafetensorsFile.read(project.file("out/t/model.safetensors"))
        func numbers(_ file: SafetensorsFile, _ name: String) throws -> [Float] {
            guard case .float32(let values)? = file[name]?.column else { throw Failure("test.tensor", name) }
            return values
        }
        let weights = try numbers(policy, "head0.weight"), bias = try numbers(policy, "head0.bias")
        #expect(weights.count == 12 && bias.count == 3)
        #expect(try numbers(model, "layers.3.weight") == (0..<4).map { weights[8 + $0] - weights[$0] })
        #expect(try numbers(model, "layers.3.bias") == [bias[2] - bias[0]])
        for name in ["layers.1.weight", "layers.1.bias"] {
            #expect(try numbers(model, name) == numbers(policy, name), "the body is the policy's")
        }
        let artefacts = try session.registry().artefacts(run: outcome.run)
        #expect(Set(artefacts.map(\.name)) == [.model, .policy])
        #expect(artefacts.first { $0.name == .model }?.digest == outcome.weights)
        let evaluated = try EvaluateModel.run(
            model: project.file("out/t"), features: project.features, strategy: project.strategy,
            output: project.file("out/t/evaluation"), threads: 1, session: session)
        #expect(evaluated.predictions.predictions.count == 296)
    }

    @Test("a series of agents is told by the return, the share of the gap and the known policies")
    func series() throws {
        let project = try TestProject(.empty)
        let outcome = try TrainConfiguration.run(
            try request(project, Self.table, to: "out/series"), repeats: 2, session: project.session)
        guard case .series(let series, let isPolicy) = outcome else {
            Issue.record("found no series")
            return
        }
        #expect(isPolicy && series.runs.count == 2)
        #expect(
            series.measures.map(\.name) == ["return", "share of the gap", "always flat", "follow the regime"])
        #expect(series.measures.allSatisfy { $0.statistics.values.count == 2 })
        #expect(abs(series.measures[1].statistics.mean - 1) < 0.1)
    }
}
