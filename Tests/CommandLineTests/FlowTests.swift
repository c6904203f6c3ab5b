import Basics
import Foundation
import TestSupport
import Testing

/// The programs as people run them, in temporary projects. They are built by `./test` in the same configuration.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct FlowTests {
    /// A project with the demo's pipeline over a smaller market.
    static func project(sessions: Int = 12, epochs: Int = 2) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let repository = SharedData.repository
        for name in ["Pipelines/demo", "Registry/gates", "Registry/cards"] {
            try FileManager.default.createDirectory(atPath: directory.file(name), withIntermediateDirectories: true)
            for file in try Paths.entries("\(repository)/\(name)") where file.hasSuffix(".yaml") {
                try FileManager.default.copyItem(
                    atPath: "\(repository)/\(name)/\(file)", toPath: directory.file("\(name)/\(file)"))
            }
        }
        try directory.write(
            try FileChunks.text("\(repository)/Registry/environments/paper/runtime.json"),
            to: "Registry/environments/paper/runtime.json")
        try directory.write(
            "schemaVersion: 1\ninstruments: 3\nsessions: \(sessions)\nsignalShare: 0.4\nseed: 5\n",
            to: "Data/demo-market.yaml")
        for model in ["cnn", "lstm"] {
            let path = "Pipelines/demo/bars-\(model).yaml"
            let text = try FileChunks.text(directory.file(path)).split(separator: "\n").map {
                $0.hasPrefix("  epochs:") ? "  epochs: \(epochs)" : String($0)
            }.joined(separator: "\n")
            try directory.write(text + "\n", to: path)
        }
        // Two days of test data cannot carry a track record; the other rules stay.
        let policy = try FileChunks.text(directory.file("Registry/gates/demo.yaml")).split(separator: "\n").filter {
            !$0.contains("deflated") && !$0.contains("track-record")
        }
        try directory.write(
            policy.joined(separator: "\n").replacing("minimumTrades: 100", with: "minimumTrades: 10") + "\n",
            to: "Registry/gates/demo.yaml")
        try directory.write(
            try FileChunks.text(directory.file("Pipelines/demo/params.yaml")).replacing(
                "2025-05-02", with: "2025-01-06"), to: "Pipelines/demo/params.yaml")
        // Signed heads of the log lie outside its file; a project in Git needs no word for that.
        try directory.write("schemaVersion: 1\nanchors:\n  - {directory: anchors}\n", to: "Registry/hftml.yaml")
        #expect(try hftml(directory, "init", "--no-scm").status == 0)
        #expect(
            try hftml(directory, "simulate", "market", "--config", "Data/demo-market.yaml", "-o", "Data/demo-market")
                .status == 0)
        #expect(try hftml(directory, "add", "Data/demo-market", "--recipe-simulate", "demo-market.yaml").status == 0)
        return directory
    }

    static func hftml(_ directory: TemporaryDirectory, _ arguments: String...) throws -> RunProgram.Result {
        try RunProgram.run(RunProgram.hftml, arguments, in: directory.path)
    }

    static func json(_ result: RunProgram.Result) throws -> JSONValue { try JSONParser.parse(result.output) }

    @Test(
        """
        the whole flow: data from its recipe, checked, trained, compared, gated, promoted, replayed; then nothing to \
        do
        """
    )
    func wholeFlow() throws {
        let directory = try FlowTests.project(sessions: 40, epochs: 12)
        // As in a fresh clone: the pointer is there, the bytes and the cache are not.
        try FileManager.default.removeItem(atPath: directory.file("Data/demo-market"))
        try FileManager.default.removeItem(atPath: directory.file(".dvc/cache"))
        // No remote is named, and none is needed for data with a recipe.
        let first = try FlowTests.hftml(directory, "repro", "Pipelines/demo", "--pull")
        #expect(first.status == 0, "\(first.errors)\n\(first.output)")
        let second = try FlowTests.hftml(directory, "repro", "Pipelines/demo")
        #expect(second.status == 0 && second.output.contains("nothing to do"))

        let deployments = try FlowTests.json(try FlowTests.hftml(directory, "deployments", "list", "--json"))
        #expect(deployments[path: "deployments.0.outcome"]?.stringValue == "installed")
        // The pipeline says ../../Registry/environments/paper; on record the place has one name.
        let promoted = try FlowTests.hftml(
            directory, "registry", "query", "SELECT detail FROM audit WHERE action = 'promote'",
            "--json")
        let details =
            try FlowTests.json(promoted)[key: "rows"]?.listValue?.compactMap { $0[key: "detail"]?.stringValue } ?? []
        #expect(details.count == 1 && details.allSatisfy { $0.contains(#""environment": "paper""#) }, "\(details)")
        #expect(
            try FlowTests.json(
                try FlowTests.hftml(
                    directory, "deployments", "list", "--environment", "./Registry/environments/paper/", "--json"))[
                    key: "deployments"]?.listValue?.isEmpty == false)
        let lineage = try FlowTests.json(try FlowTests.hftml(directory, "lineage", "bars-cnn/1", "--json"))
        let kinds = Set(lineage[key: "nodes"]?.listValue?.compactMap { $0[key: "kind"]?.stringValue } ?? [])
        #expect(kinds.isSuperset(of: ["raw-data", "quality-report", "features", "run", "version", "code"]))
        let forward = try FlowTests.json(
            try FlowTests.hftml(directory, "lineage", "Data/demo-market", "--downstream", "--json"))
        #expect(forward[key: "nodes"]?.listValue?.contains { $0[key: "kind"]?.stringValue == "deployment" } == true)
        #expect(try FlowTests.hftml(directory, "registry", "verify").status == 0)
        #expect(
            try FlowTests.json(try FlowTests.hftml(directory, "models", "show", "bars-cnn@champion", "--json"))[
                path: "gate.passed"]?.boolValue == true)

        let backtest = try FlowTests.hftml(
            directory, "backtest", "Pipelines/demo/out/bars-cnn", "--on",
            "Pipelines/demo/out/features-profit.safetensors", "--strategy", "Pipelines/demo/strategy-cnn.yaml", "-o",
            "backtest",
            "--json")
        #expect(backtest.status == 0, "\(backtest.errors)")
        #expect(
            try Paths.files(below: directory.file("backtest"))
                == Paths.files(below: directory.file("Pipelines/demo/out/bars-cnn-evaluation")))

        // The registered version stands on the raw data: gc keeps it although nothing in the workspace names it any
        // more.
        let raw = try FileChunks.text(directory.file("Data/demo-market.dvc")).split(separator: "\n").first {
            $0.contains("md5: ")
        }?.split(separator: " ").last.map(String.init)
        try FileManager.default.removeItem(atPath: directory.file("Data/demo-market.dvc"))
        let plan = try FlowTests.json(try FlowTests.hftml(directory, "gc", "--workspace", "--dry-run", "--json"))
        let dropped = Set(plan[key: "candidates"]?.listValue?.compactMap { $0[key: "md5"]?.stringValue } ?? [])
        let kept = try DirectoryListing.hashes(directory.file(".dvc/cache"), try #require(raw))
        #expect(!kept.isEmpty && dropped.isDisjoint(with: kept), "gc would drop what a version stands on")
        let compare = try FlowTests.hftml(
            directory, "compare", "Pipelines/demo/out/bars-cnn", "Pipelines/demo/out/bars-lstm", "--json")
        #expect(try FlowTests.json(compare)[key: "verdict"]?.stringValue?.isEmpty == false)

        // The replay traded, and closed what it opened.
        let replay = try JSONParser.parse(
            try FileChunks.bytes(directory.file("Pipelines/demo/out/replay/summary.json")))
        #expect(replay[key: "openPositions"]?.intValue == 0 && (replay[key: "filled"]?.intValue ?? 0) > 0)

        // A damaged bundle in the inbox is refused, and the version in force keeps running.
        let current = directory.file("Registry/environments/paper/installed/current.hftbundle")
        var bytes = try FileChunks.bytes(current)
        bytes[bytes.count - 5] ^= 4
        try AtomicFile.write(bytes, to: directory.file("Registry/environments/paper/inbox/evil.hftbundle"))
        #expect(
            try RunProgram.run(RunProgram.runtime, ["accept", "Registry/environments/paper"], in: directory.path).status
                == 2)
        let status = try RunProgram.run(
            RunProgram.runtime, ["status", "Registry/environments/paper", "--json"], in: directory.path)
        #expect(try FlowTests.json(status)[key: "name"]?.stringValue == "bars-cnn")
        let after = try FlowTests.json(try FlowTests.hftml(directory, "deployments", "list", "--json"))
        #expect(after[path: "deployments.0.outcome"]?.stringValue == "refused")
    }

    @Test("same seed twice gives the same weights; kill -9 in the middle and resume gives them too")
    func killAndResume() throws {
        let directory = try FlowTests.project(sessions: 30)
        for stage in ["check", "features-return"] {
            #expect(try FlowTests.hftml(directory, "repro", "Pipelines/demo", "--stage", stage).status == 0)
        }
        let train = [
            "train", "Pipelines/demo/bars-lstm.yaml", "--features", "Pipelines/demo/out/features-return.safetensors",
            "--set", "training.epochs=8", "--json",
        ]
        func weights(_ result: RunProgram.Result) throws -> String {
            try #require(try FlowTests.json(result)[key: "weights"]?.stringValue, "\(result.errors)")
        }
        let whole = try weights(try RunProgram.run(RunProgram.hftml, train + ["-o", "one"], in: directory.path))
        #expect(
            try weights(
                try RunProgram.run(RunProgram.hftml, train + ["-o", "two", "--threads", "1"], in: directory.path))
                == whole)
        #expect(
            try weights(
                try RunProgram.run(RunProgram.hftml, train + ["-o", "other", "--seed", "2"], in: directory.path))
                != whole)

        let victim = try RunProgram.start(
            RunProgram.hftml, train + ["-o", "three", "--name", "victim", "--checkpoint-every", "5"], in: directory.path
        )
        try RunProgram.wait { try !victim.isRunning || SearchFlowTests.hasCheckpoint(directory) }
        kill(victim.processIdentifier, SIGKILL)
        victim.waitUntilExit()
        #expect(victim.terminationReason == .uncaughtSignal, "the run ended before it could be killed")
        let resumed = try RunProgram.run(
            RunProgram.hftml, train + ["-o", "three", "--resume", "victim"], in: directory.path)
        #expect(try weights(resumed) == whole)
    }

    @Test("eight training processes at once lose no run and no metric")
    func eightProcesses() throws {
        let directory = try FlowTests.project()
        for stage in ["check", "features-profit"] {
            #expect(try FlowTests.hftml(directory, "repro", "Pipelines/demo", "--stage", stage).status == 0)
        }
        let processes = try (0..<8).map { index in
            try RunProgram.start(
                RunProgram.hftml,
                [
                    "train", "Pipelines/demo/bars-cnn.yaml", "--features",
                    "Pipelines/demo/out/features-profit.safetensors", "-o", "m\(index)", "--seed", "\(index)",
                    "--experiment", "eight",
                    "--threads", "1",
                ],
                in: directory.path)
        }
        for process in processes {
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        let count = try FlowTests.json(
            try FlowTests.hftml(
                directory, "registry", "query",
                "SELECT count(*) AS n FROM runs WHERE status = 'finished' AND experiment = 'eight'", "--json"))
        #expect(count[path: "rows.0.n"]?.intValue == 8)
        let metrics = try FlowTests.json(
            try FlowTests.hftml(
                directory, "registry", "query", "SELECT count(*) AS n FROM metrics_latest WHERE key = 'val.loss'",
                "--json"))
        #expect(metrics[path: "rows.0.n"]?.intValue == 8)
    }

    @Test("data that fails its check is not trained on, and the exit status says no")
    func badData() throws {
        let directory = try FlowTests.project()
        let file = directory.file("Data/demo-market/SIM01_5min.csv")
        let lines = try FileChunks.text(file).split(separator: "\n").map(String.init)
        var bad = lines
        bad[9] = bad[9].split(separator: ",").enumerated().map { $0.offset == 2 ? "0.0100" : String($0.element) }
            .joined(separator: ",")
        try (bad.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let check = try FlowTests.hftml(
            directory, "check", "Pipelines/demo/quality.yaml", "Data/demo-market", "--market",
            "Pipelines/demo/market.yaml")
        #expect(check.status == 2 && check.output.contains("SIM01_5min.csv:10"))
        let repro = try FlowTests.hftml(directory, "repro", "Pipelines/demo")
        #expect(repro.status == 2 && !repro.errors.contains("▶ train"))
        let forged = try FlowTests.hftml(
            directory, "features", "Pipelines/demo/features-profit.yaml", "Data/demo-market", "-o", "f.safetensors",
            "--quality", "Pipelines/demo/params.yaml")
        #expect(forged.status != 0)
    }

    @Test("promotion without a passed gate is refused with status 2")
    func promotionNeedsGate() throws {
        let directory = try FlowTests.project()
        for stage in ["check", "features-profit", "train-cnn", "register", "key"] {
            #expect(try FlowTests.hftml(directory, "repro", "Pipelines/demo", "--stage", stage).status == 0)
        }
        let promote = try FlowTests.hftml(
            directory, "promote", "bars-cnn/1", "--to", "paper", "--key", "paper-promoter", "--features",
            "Pipelines/demo/out/features-profit.safetensors", "--strategy",
            "Pipelines/demo/strategy-cnn.yaml", "--json")
        #expect(promote.status == 2)
        #expect(try FlowTests.json(promote)[path: "error.code"]?.stringValue == "promote.no-gate")
        #expect(!Paths.exists(directory.file("Registry/environments/paper/installed")))
    }

    static let failures: [([String], Int32)] = [
        (["train"], 64), (["runs", "show", "nothing", "--json"], 64), (["repro", "nowhere", "--json"], 1),
        (["registry", "query", "DELETE FROM run", "--json"], 64),
        (["models", "alias", "a/1", "champion", "--json"], 64), (["-C", "/nowhere", "doctor"], 1),
        (["keys", "generate", "../evil", "--json"], 64),
        (["lineage", "x", "--json"], 1),
    ]

    @Test("wrong usage is 64, a missing thing is 1, and --json always prints one document", arguments: failures)
    func exitCodes(arguments: [String], status: Int32) throws {
        let directory = try TemporaryDirectory()
        _ = try FlowTests.hftml(directory, "init", "--no-scm")
        let result = try RunProgram.run(RunProgram.hftml, arguments, in: directory.path)
        #expect(result.status == status, "\(result)")
        if arguments.contains("--json") {
            let error = try #require(try FlowTests.json(result)[key: "error"])
            #expect(
                error[key: "code"]?.stringValue?.isEmpty == false
                    && error[key: "message"]?.stringValue?.isEmpty == false)
        }
        #expect(!result.errors.isEmpty)
    }

    @Test("every command's help opens with two examples")
    func help() throws {
        let directory = try TemporaryDirectory()
        for command in [
            "init", "doctor", "add", "status", "import yahoo", "simulate market", "repro", "dag", "check", "features",
            "train", "evaluate", "compare", "runs list", "runs show", "models list",
            "models register", "gate", "promote", "rollback", "deployments list", "keys generate", "bundle verify",
            "lineage", "registry query", "audit show",
        ] {
            let result = try RunProgram.run(
                RunProgram.hftml, command.split(separator: " ").map(String.init) + ["--help"], in: directory.path)
            let examples = result.output.split(separator: "\n").filter { $0.hasPrefix("  hftml ") }
            #expect(result.status == 0 && examples.count == 2, "\(command): \(examples.count) examples")
        }
    }
}

/// The hashes that a directory object names, with its own.
private enum DirectoryListing {
    static func hashes(_ cache: String, _ md5: String) throws -> Set<String> {
        let bytes = try FileChunks.bytes("\(cache)/files/md5/\(md5.prefix(2))/\(md5.dropFirst(2))")
        return Set(
            (try JSONParser.parse(bytes, file: md5).listValue ?? []).compactMap { $0[key: "md5"]?.stringValue } + [md5])
    }
}
