import Basics
import Foundation
import TestSupport
import Testing

/// Searches as people run them: to the end, interrupted, with workers that die, two at once, and on a cluster.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct SearchFlowTests {
    /// A project with a small simulated market and a search over a tiny network.
    static func project(epochs: Int = 3, extra: String = "", objective: String = "objective: {metric: loss}") throws
        -> TemporaryDirectory
    {
        let directory = try TemporaryDirectory()
        func run(_ arguments: String...) throws {
            let result = try RunProgram.run(RunProgram.hftml, arguments, in: directory.path)
            try #require(result.status == 0, "\(arguments): \(result.errors)")
        }
        try run("init", "--no-scm")
        try directory.write(
            "schemaVersion: 1\ninstruments: 2\nsessions: 40\nfirstDay: 2025-01-06\nseed: 3\nsignal: "
                + "momentum\nsignalShare: 0.15\nvolatility: 0.001\n",
            to: "market-recipe.yaml")
        try directory.write(
            "schemaVersion: 1\nzone: America/New_York\ninterval: 5m\ncalendar: XNYS\npriceDecimals: 4\n",
            to: "market.yaml")
        try directory.write(
            "schemaVersion: 1\nhours: regular\nfeatures: {r: \"log_return(close, 1)\", v: \"realised_volatility(close, "
                + "6)\"}\nlabel: {kind: return, horizon: 1, costBps: 1}\n",
            to: "features.yaml")
        try directory.write(
            "schemaVersion: 1\nrule: {enterAbove: 2, enterBelow: -2, holdBars: 1, quantity: 100}\ncostBps: 1\nlimits: "
                + "{tick: 100, maximumQuantity: 100, maximumNotional: 1000000000, maximumPosition: 100, maximumGross: "
                + "100000000000, maximumLoss: 1000000000, collarBps: 400, burst: 200, ordersPerSecond: 50}\n",
            to: "strategy.yaml")
        try directory.write(
            "schemaVersion: 1\nname: tiny\nwindow: 4\nlayers:\n  - {layer: flatten}\n  - {layer: dense, units: 8}\n  - "
                + "{layer: tanh}\n  - {layer: dense, units: 1}\nsplit: {kind: time, test: 0.2, validation: "
                + "0.2}\ntraining:\n  loss: mse\n  optimizer: {kind: adam, learningRate: 0.001}\n  batchSize: 64\n  "
                + "epochs: \(epochs)\n  seed: 1\n",
            to: "tiny.yaml")
        try directory.write(
            """
            schemaVersion: 1
            name: tiny
            train: tiny.yaml
            features: features.safetensors
            strategy: strategy.yaml
            \(objective)
            parameters:
              training.optimizer.learningRate: {float: [0.0001, 0.05], scale: log}
              training.batchSize: {choice: [32, 64, 128]}
              layers.1.units: {int: [2, 16]}
              window: {int: [2, 8]}
            constraints: ["layers.1.units <= 4 * window"]
            \(extra)
            """, to: "search.yaml")
        try run("simulate", "market", "--config", "market-recipe.yaml", "-o", "data")
        try run("features", "features.yaml", "data", "--market", "market.yaml", "-o", "features.safetensors")
        return directory
    }

    static func search(_ directory: TemporaryDirectory, _ arguments: String...) throws -> RunProgram.Result {
        try RunProgram.run(
            RunProgram.hftml, ["search", "search.yaml"] + arguments, in: directory.path)
    }

    /// Whether a run in this project has written a checkpoint that it could go on from.
    static func hasCheckpoint(_ directory: TemporaryDirectory) throws -> Bool {
        let checkpoints = directory.file("Registry/checkpoints")
        return ((try? Paths.entries(checkpoints)) ?? []).contains { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }
    }

    /// How many trials of the study `tiny` are in a state; none while the study is not there yet.
    static func trials(_ directory: TemporaryDirectory, _ state: String) throws -> Int {
        try query(directory, "SELECT count(*) FROM trials WHERE study = 'tiny' AND state = '\(state)'").first?.first?
            .intValue ?? 0
    }

    static func query(_ directory: TemporaryDirectory, _ sql: String) throws -> [[JSONValue]] {
        let result = try RunProgram.run(RunProgram.hftml, ["registry", "query", sql, "--json"], in: directory.path)
        try #require(result.status == 0, "\(result.errors)")
        return try JSONParser.parse(result.output)[key: "rows"]?.listValue?.map {
            $0.listValue ?? $0.mapValue?.map(\.value) ?? []
        } ?? []
    }

    @Test("a search, the same again, a longer one, its winner trained once more, and its page")
    func wholeSearch() throws {
        let directory = try SearchFlowTests.project()
        let first = try SearchFlowTests.search(directory, "--trials", "6", "-j", "2", "--sampler", "random", "--json")
        #expect(first.status == 0, "\(first.errors)")
        let document = try JSONParser.parse(first.output)
        #expect(document[key: "trials"]?.listValue?.count == 6)
        #expect(document[path: "evidence.trials"]?.intValue == 6)
        #expect(document[path: "evidence.probabilityOfOverfitting"]?.doubleValue.map { (0...1).contains($0) } == true)
        // Nothing is left to do.
        let again = try SearchFlowTests.search(directory, "--trials", "6", "--sampler", "random", "--json")
        #expect(try JSONParser.parse(again.output)[key: "trials"] == document[key: "trials"])
        let longer = try SearchFlowTests.search(
            directory, "--trials", "12", "-j", "3", "--refit", "best", "--html", "page.html", "--json")
        #expect(longer.status == 0, "\(longer.errors)")
        let node = try JSONParser.parse(longer.output)
        let trials = try #require(node[key: "trials"]?.listValue)
        #expect(trials.count == 12 && trials.compactMap { $0[key: "number"]?.intValue } == Array(0..<12))
        // The winner trained again has the loss that won.
        let model = try JSONParser.parse(try FileChunks.bytes(directory.file("best/run.json")), file: "run.json")
        #expect(model[key: "validationLoss"]?.doubleValue == node[path: "best.values.0"]?.doubleValue)
        let page = try String(contentsOfFile: directory.file("page.html"), encoding: .utf8)
        #expect(page.contains("Parallel coordinates") && page.contains("</html>") && !page.contains("http"))
        // Every trial is a run, so the deflated ratio counts them.
        #expect(
            try SearchFlowTests.query(directory, "SELECT count(*) FROM runs WHERE kind = 'trial'")[0][0].intValue == 12)
        let other = try RunProgram.run(
            RunProgram.hftml, ["search", "search.yaml", "--trials", "13", "--set", "parameters.window={int: [2, 9]}"],
            in: directory.path)
        #expect(other.status == 1 && other.errors.contains("means something else: ") && other.errors.contains("space"))
        let warm = try SearchFlowTests.search(
            directory, "--study", "next", "--warm-start", "tiny", "--trials", "14", "--json")
        #expect(warm.status == 0, "\(warm.errors)")
        #expect(try JSONParser.parse(warm.output)[key: "trials"]?.listValue?.count == 14)
        let shown = try RunProgram.run(RunProgram.hftml, ["studies", "show", "tiny", "--json"], in: directory.path)
        #expect(try JSONParser.parse(shown.output)[key: "best"] == node[key: "best"])
        let plots = try RunProgram.run(RunProgram.hftml, ["studies", "show", "tiny", "--plots"], in: directory.path)
        for title in ["history: loss", "parallel coordinates", "slice: loss by window", "contour: "] {
            #expect(plots.output.contains(title), "\(title)\n\(plots.output)")
        }
    }

    @Test("one worker is deterministic: the same seed gives the same trials")
    func deterministic() throws {
        func points() throws -> JSONValue? {
            let directory = try SearchFlowTests.project(extra: "pruner: {kind: asha, minimum: 1, reduction: 2}\n")
            let result = try SearchFlowTests.search(directory, "--trials", "14", "--json")
            try #require(result.status == 0, "\(result.errors)")
            return try JSONParser.parse(result.output)[key: "trials"]
        }
        let trials = try points()
        #expect(try points() == trials)
        let states = Set(trials?.listValue?.compactMap { $0[key: "state"]?.stringValue } ?? [])
        #expect(states == ["complete", "pruned"])
    }

    @Test("workers that are killed lose nothing: their trials are done again at the same point")
    func killedWorkers() throws {
        let directory = try SearchFlowTests.project(epochs: 400)
        let process = try RunProgram.start(
            RunProgram.hftml, ["search", "search.yaml", "--trials", "16", "-j", "8", "--threads", "1"],
            in: directory.path)
        var killed = 0, random = SeededRandom(seed: 11)
        while killed < 3, process.isRunning {
            // Each has a trial, so that a kill costs one.
            try RunProgram.wait(every: 50) {
                try !process.isRunning || SearchFlowTests.trials(directory, "running") == 8
            }
            let workers = try RunProgram.run(
                "/usr/bin/env", ["pgrep", "-P", String(process.processIdentifier)], in: directory.path
            ).output.split(separator: "\n").compactMap { pid_t($0) }
            guard workers.count == 8 else { continue }
            kill(workers[random.index(below: workers.count)], SIGKILL)
            killed += 1
        }
        #expect(killed == 3)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let rows = try SearchFlowTests.query(
            directory,
            "SELECT number, state, parameters, retry_of, reason FROM trials WHERE study = 'tiny' ORDER BY number")
        #expect(rows.map { $0[0].intValue } == rows.indices.map { $0 })
        #expect(rows.count { $0[1].stringValue == "complete" } == 16)
        #expect(!rows.contains { $0[1].stringValue == "running" })
        let lost = rows.filter { $0[1].stringValue == "failed" }
        // One that ended its trial in the moment of the kill loses none.
        #expect((1...3).contains(lost.count), "\(lost.count)")
        for row in lost {
            // Whoever tries it again does so at the same point.
            let retry = try #require(rows.first { $0[3].intValue == row[0].intValue })
            #expect(retry[2] == row[2])
        }
        let complete = rows.filter { $0[1].stringValue == "complete" }.map { $0[2].stringValue ?? "" }
        #expect(Set(complete).count == 16, "no point twice")
        #expect(try RunProgram.run(RunProgram.hftml, ["registry", "verify"], in: directory.path).status == 0)
    }

    @Test("a search that is killed goes on, and two searches share one study")
    func resumeAndShare() throws {
        let directory = try SearchFlowTests.project(epochs: 400)
        let process = try RunProgram.start(
            RunProgram.hftml, ["search", "search.yaml", "--trials", "12", "-j", "2"], in: directory.path)
        #expect(try RunProgram.wait(every: 50) { try SearchFlowTests.trials(directory, "complete") >= 2 })
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        let both = try (0..<2).map { _ in
            try RunProgram.start(
                RunProgram.hftml, ["search", "search.yaml", "--trials", "12", "-j", "2"], in: directory.path)
        }
        for process in both {
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        let rows = try SearchFlowTests.query(
            directory, "SELECT number, state, parameters FROM trials WHERE study = 'tiny' ORDER BY number")
        #expect(
            rows.count { $0[1].stringValue == "complete" } == 12 && !rows.contains { $0[1].stringValue == "running" })
        #expect(rows.map { $0[0].intValue } == rows.indices.map { $0 })
        #expect(Set(rows.filter { $0[1].stringValue == "complete" }.map { $0[2].stringValue ?? "" }).count == 12)
    }

    @Test("folds: walk-forward and purged, with a pruner that compares folds; several objectives; mistakes")
    func foldsAndObjectives() throws {
        for kind in ["walk-forward", "purged-k-fold"] {
            let directory = try SearchFlowTests.project(
                extra: "folds: {kind: \(kind), count: 3, embargo: 6, reserved: 0.2}\npruner: wilcoxon\n",
                objective: "objective: {metric: sharpe}")
            let result = try SearchFlowTests.search(directory, "--trials", "5", "-j", "2", "--json")
            #expect(result.status == 0, "\(result.errors)")
            let trials = try JSONParser.parse(result.output)[key: "trials"]?.listValue ?? []
            #expect(trials.contains { $0[key: "reports"]?.listValue?.count == 3 })
        }
        let directory = try SearchFlowTests.project(objective: "objectives: [{metric: loss}, {metric: parameters}]")
        let result = try SearchFlowTests.search(
            directory, "--trials", "8", "--sampler", "nsga2", "--html", "front.html", "--json")
        #expect(result.status == 0, "\(result.errors)")
        #expect((try JSONParser.parse(result.output)[key: "paretoFront"]?.listValue?.count ?? 0) >= 1)
        let plots = try RunProgram.run(RunProgram.hftml, ["studies", "show", "tiny", "--plots"], in: directory.path)
        #expect(plots.status == 0 && plots.output.contains("Pareto front: parameters by loss"), "\(plots.errors)")
        let wrong = try SearchFlowTests.search(directory, "--trials", "2", "--sampler", "tpee")
        #expect(wrong.status == 64 && wrong.errors.contains("did you mean 'tpe'?"))
        let pruned = try SearchFlowTests.search(directory, "--trials", "2", "--set", "pruner=median")
        #expect(pruned.status == 64 && pruned.errors.contains("pruner"))
        let early = try SearchFlowTests.search(directory, "--trials", "2", "--pruner", "asha")
        #expect(early.status == 64 && early.errors.contains("no value after an epoch"))
        // Windows that leave no sample are found out before the first trial.
        let hopeless = try SearchFlowTests.search(
            directory, "--study", "hopeless", "--trials", "20", "--set", "parameters.window={int: [5000, 6000]}")
        #expect(hopeless.status == 1 && hopeless.errors.contains("windows of 5000 rows"), "\(hopeless.errors)")
    }

    @Test(
        "on a cluster: the same search through Slurm's job arrays, with a node that is lost on the way",
        .enabled(if: SlurmCluster.isInstalled, "needs slurm-wlm and munge, as root"))
    func slurm() throws {
        let cluster = try SlurmCluster(nodes: 2, port: 16_817)
        let directory = try SearchFlowTests.project(epochs: 2500)
        let process = try RunProgram.start(
            RunProgram.hftml,
            ["search", "search.yaml", "--trials", "6", "-j", "3", "--threads", "1", "--executor", "slurm"],
            in: directory.path, environment: cluster.environment)
        // When trials run, one of the two nodes goes away.
        try RunProgram.wait(every: 100) {
            try !process.isRunning
                || cluster.client("squeue", "-h", "-t", "RUNNING", "-w", "n2").output.contains("hftml")
                    && SearchFlowTests.trials(directory, "running") > 1
        }
        try cluster.lose(node: 2)
        process.waitUntilExit()
        let errors = RunProgram.errors(of: process)
        #expect(process.terminationStatus == 0, "\(errors)")
        let rows = try SearchFlowTests.query(
            directory, "SELECT number, state, parameters FROM trials WHERE study = 'tiny' ORDER BY number")
        #expect(
            rows.count { ["complete", "pruned"].contains($0[1].stringValue ?? "") } == 6
                && !rows.contains { $0[1].stringValue == "running" })
        #expect(errors.contains("was lost: Slurm says"), "\(errors)")
        #expect(try cluster.client("squeue", "-h", "-t", "PENDING,RUNNING").output.isEmpty, "no worker is left behind")
    }
}
