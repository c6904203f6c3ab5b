import Basics
import Foundation
import TestSupport
import Testing

/// Agents as people train them: on tasks, on bars, in books; interrupted, searched over, registered, compared.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct AgentFlowTests {
    static func project() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try #require(try RunProgram.run(RunProgram.hftml, ["init", "--no-scm"], in: directory.path).status == 0)
        return directory
    }

    static func run(_ directory: TemporaryDirectory, _ arguments: String...) throws -> RunProgram.Result {
        try RunProgram.run(RunProgram.hftml, arguments, in: directory.path)
    }

    static let ppo = """
        schemaVersion: 1
        name: cartpole
        environment: cartpole
        layers: [{layer: dense, units: 32}, {layer: tanh}]
        agent: {kind: ppo, totalSteps: 40000, environments: 8, rollout: 64, minibatch: 128, epochs: 6}
        training: {optimizer: {kind: adam, learningRate: 0.002}, clipNorm: 0.5, seed: 1}
        evaluation: {episodes: 50}
        """

    @Test("a policy is trained, measured, registered and compared; everything is recorded")
    func wholeStory() throws {
        let directory = try Self.project()
        try directory.write(Self.ppo, to: "ppo.yaml")
        let trained = try Self.run(directory, "train", "ppo.yaml", "-o", "a", "--json")
        #expect(trained.status == 0, "\(trained.errors)")
        let node = try JSONParser.parse(trained.output), policies = node[key: "policies"]?.listValue ?? []
        let learned = try #require(policies.first?[key: "return"]?.doubleValue),
            naive = try #require(policies.last?[key: "return"]?.doubleValue)
        #expect(learned > 150 && learned > 3 * naive)
        for name in ["policy.safetensors", "run.json", "history.csv", "evaluation.json", "policy.html"] {
            #expect(FileManager.default.fileExists(atPath: directory.file("a/\(name)")), "\(name)")
        }
        let run = try #require(node[key: "run"]?.stringValue)
        let points = try SearchFlowTests.query(
            directory, "SELECT count(*), max(value) FROM metrics WHERE run = '\(run)' AND key = 'train.return'")
        #expect((points.first?.first?.intValue ?? 0) > 20)
        #expect(
            try SearchFlowTests.query(
                directory, "SELECT value FROM metrics_latest WHERE run = '\(run)' AND key = 'val.return'"
            ).first?.first?.doubleValue == learned)

        #expect(try Self.run(directory, "models", "register", "a", "--name", "cart").status == 0)
        let lineage = try Self.run(directory, "lineage", "cart/1")
        #expect(lineage.output.contains("cartpole"), "\(lineage.output)")
        // The same, by directory and by version.
        let measured = try JSONParser.parse(try Self.run(directory, "evaluate", "cart/1", "--json").output)
        #expect(measured[key: "policies"]?.listValue?.first?[key: "return"]?.doubleValue == learned)
        #expect(
            try Self.run(directory, "train", "ppo.yaml", "-o", "b", "--seed", "2", "--set", "agent.totalSteps=2000")
                .status == 0)
        let compared = try Self.run(directory, "compare", "cart/1", "b", "--exit-code")
        #expect(
            compared.status == 2 && compared.output.contains("cart/1 earns more than b")
                && compared.output.contains("agent.totalSteps"), "\(compared.output)")
    }

    @Test(
        "killed at any moment, agents go on and end in the same bytes, for any number of threads",
        arguments: ["ppo", "dqn"])
    func killed(_ kind: String) throws {
        let directory = try Self.project()
        try directory.write(
            kind == "ppo"
                ? Self.ppo
                : Self.ppo.replacingOccurrences(
                    of: "{kind: ppo, totalSteps: 40000, environments: 8, rollout: 64, minibatch: 128, epochs: 6}",
                    with:
                        "{kind: dqn, totalSteps: 20000, environments: 8, rollout: 2, batch: 64, learningStarts: 500, "
                        + "returnSteps: 3, prioritised: true}"
                ), to: "agent.yaml")
        #expect(try Self.run(directory, "train", "agent.yaml", "-o", "whole", "--threads", "2").status == 0)
        let digest = try Digest.sha256(file: "\(directory.path)/whole/policy.safetensors")
        // The moment is random, in a span that halves whenever the run ended before it: on any machine some kills hit.
        var random = SeededRandom(seed: 4), hits = 0, longest = 200_000
        for round in 0..<40 where hits < 3 {
            func runs() throws -> Int {
                try SearchFlowTests.query(directory, "SELECT count(*) FROM run").first?.first?.intValue ?? 0
            }
            let earlier = try runs(), quiet = open("/dev/null", O_RDWR)
            defer { close(quiet) }
            let child = try ChildProcess(
                [RunProgram.hftml, "train", "agent.yaml", "-o", "killed", "--checkpoint-every", "3", "--threads", "1"],
                directory: directory.path, environment: ProcessInfo.processInfo.environment, input: quiet,
                output: quiet, errors: quiet)
            // From the moment that the run is on record; what ends before it is killed is tried again.
            try RunProgram.wait { try runs() > earlier }
            usleep(UInt32(random.index(below: longest)))
            child.signal(SIGKILL)
            child.wait()
            let open = try SearchFlowTests.query(
                directory, "SELECT id FROM run WHERE status = 'running' ORDER BY started_at DESC LIMIT 1")
            guard let id = open.first?.first?.stringValue else {
                longest = max(1, longest / 2)
                continue
            }
            hits += 1
            let resumed = try Self.run(
                directory, "train", "agent.yaml", "-o", "killed", "--resume", id, "--threads", "2")
            #expect(resumed.status == 0, "round \(round): \(resumed.errors)")
            #expect(try Digest.sha256(file: "\(directory.path)/killed/policy.safetensors") == digest, "round \(round)")
        }
        #expect(hits == 3, "only \(hits) of forty kills met a running agent")
    }

    @Test("a closed terminal, which signals twice, ends training as interrupted; so does the first moment on record")
    func hangup() throws {
        let directory = try Self.project(), quiet = open("/dev/null", O_RDWR)
        defer { close(quiet) }
        try directory.write(Self.ppo, to: "agent.yaml")
        let child = try ChildProcess(
            [
                "/usr/bin/env", "--default-signal=HUP", RunProgram.hftml, "train", "agent.yaml", "-o", "long",
                "--set", "agent.totalSteps=40000000", "--threads", "1",
            ], directory: directory.path, environment: ProcessInfo.processInfo.environment, input: quiet, output: quiet,
            errors: quiet)
        func statuses() throws -> [String?] {
            try SearchFlowTests.query(directory, "SELECT status FROM run").map { $0.first?.stringValue }
        }
        try RunProgram.wait { try !statuses().isEmpty }
        child.signal(SIGHUP)
        child.signal(SIGHUP)
        child.wait()
        #expect(try statuses() == ["interrupted"])
    }

    @Test("another configuration, other data and unknown options are refused with a hint")
    func refusals() throws {
        let directory = try Self.project()
        try directory.write(Self.ppo, to: "ppo.yaml")
        for (arguments, expected) in [
            (["--set", "agent.kind=pop"], "did you mean 'ppo'?"),
            (["--set", "environment=cart-pole"], "did you mean 'cartpole'?"),
            (["--set", "environment=book-execution"], "--data"), (["--set", "environment=bar-trading"], "--features"),
            (["--set", "agent.minibatch=100000"], "minibatch"),
            (["--set", "layers=[{layer: dense, units: 0}]"], "units"), (["--set", "agent.clip=7"], "clip"),
            (["--resume", "nothing"], "nothing"),
        ] {
            let result = try RunProgram.run(
                RunProgram.hftml, ["train", "ppo.yaml", "-o", "x"] + arguments, in: directory.path)
            #expect(
                result.status == 64 && result.errors.contains(expected),
                "\(arguments): \(result.status) \(result.errors)")
        }
        try directory.write("not a policy", to: "x/policy.safetensors")
        #expect(try Self.run(directory, "evaluate", "x").status == 1)
    }

    @Test("a search over an agent: trials are runs, the best is trained again to the same return")
    func searched() throws {
        let directory = try Self.project()
        try directory.write(Self.ppo.replacingOccurrences(of: "40000", with: "8000"), to: "ppo.yaml")
        try directory.write(
            "schemaVersion: 1\nname: s\ntrain: ppo.yaml\nobjective: {metric: return}\npruner: {kind: median, "
                + "startupTrials: 2}\nparameters:\n  training.optimizer.learningRate: {float: [0.0001, 0.01], scale: "
                + "log}\n  agent.epochs: {int: [1, 8]}\n",
            to: "search.yaml")
        let searched = try Self.run(
            directory, "search", "search.yaml", "--trials", "6", "-j", "2", "--refit", "best", "--json")
        #expect(searched.status == 0, "\(searched.errors)")
        let best = try #require(
            try JSONParser.parse(searched.output)[key: "best"]?[key: "values"]?.listValue?.first?.doubleValue)
        let again = try JSONParser.parse(
            try String(contentsOfFile: "\(directory.path)/best/evaluation.json", encoding: .utf8),
            file: "evaluation.json")
        #expect(again[key: "policies"]?.listValue?.first?[key: "return"]?.doubleValue == best)
        #expect(
            try SearchFlowTests.query(directory, "SELECT count(*) FROM run WHERE kind = 'trial'").first?.first?.intValue
                == 6)
    }

    @Test("an agent on bars becomes a model that is evaluated and registered; its forecasts trade")
    func bars() throws {
        let directory = try SearchFlowTests.project()
        for (kind, extra) in [
            ("dqn", "rollout: 4, batch: 64, learningStarts: 500, discount: 0, rewardScale: 0.05, totalSteps: 20000")
        ] {
            try directory.write(
                "schemaVersion: 1\nname: trader\nenvironment: bar-trading\nwindow: 4\nsplit: {kind: time, test: 0.2, "
                    + "validation: 0.2}\nlayers: [{layer: flatten}, {layer: dense, units: 16}, {layer: tanh}]\nagent: "
                    + "{kind: \(kind), \(extra)}\ntraining: {optimizer: {kind: adam, learningRate: 0.001}, seed: 1}\n",
                to: "trader.yaml")
            let trained = try Self.run(
                directory, "train", "trader.yaml", "--features", "features.safetensors", "-o", "trader")
            #expect(trained.status == 0, "\(trained.errors)")
            let evaluated = try Self.run(
                directory, "evaluate", "trader", "--on", "features.safetensors", "--strategy", "strategy.yaml", "-o",
                "evaluation", "--json")
            #expect(evaluated.status == 0, "\(evaluated.errors)")
            let node = try JSONParser.parse(evaluated.output)
            // The simulated market has a signal, and half of what the values say is a return in basis points.
            #expect((node[key: "test"]?[key: "ic"]?.doubleValue ?? 0) > 0.1)
            #expect(
                (node[key: "test"]?[key: "mse"]?.doubleValue ?? 9e9)
                    < (node[key: "baseline"]?[key: "mse"]?.doubleValue ?? 0))
            #expect(try Self.run(directory, "models", "register", "trader", "--name", "trader").status == 0)
        }
        // A policy gradient says how likely it goes long, which a table of returns has no use for.
        let refused = try Self.run(
            directory, "train", "trader.yaml", "--features", "features.safetensors", "-o", "x", "--set",
            "agent={kind: ppo}")
        #expect(refused.status == 64 && refused.errors.contains("profit"), "\(refused.errors)")
    }

    @Test("execution learned in a made-up book")
    func book() throws {
        let directory = try Self.project()
        try MadeUpBook.write(to: directory, events: 4_000)
        try directory.write(
            Self.ppo.replacingOccurrences(
                of: "environment: cartpole",
                with: "environment: {kind: book-execution, interval: 20, steps: 20, lots: 3}"
            )
            .replacingOccurrences(of: "40000", with: "10000"), to: "execution.yaml")
        let trained = try Self.run(directory, "train", "execution.yaml", "--data", "books", "-o", "execution", "--json")
        #expect(trained.status == 0, "\(trained.errors)")
        let policies = try JSONParser.parse(trained.output)[key: "policies"]?.listValue ?? []
        #expect(policies.count == 4 && policies.allSatisfy { ($0[key: "return"]?.doubleValue ?? .nan).isFinite })
        let again = try Self.run(directory, "evaluate", "execution", "--data", "books", "--json")
        #expect(
            try JSONParser.parse(again.output)[key: "policies"]?.listValue?.first?[key: "return"]
                == policies.first?[key: "return"])
    }
}
