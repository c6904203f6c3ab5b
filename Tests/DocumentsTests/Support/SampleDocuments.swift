import Basics
import Documents
import Foundation
import TestSupport
import Workflows

/// Documents of trainings, evaluations, comparisons and records, made by the workflows themselves on a small project:
/// what tests of keys and of the terminal start from. They are made once a process, in a second or two.
enum SampleDocuments {
    /// - Throws: what the workflows threw, for every test that asks.
    static func named(_ name: String) throws -> any Document {
        guard let document = try made.get()[name] else { throw Failure("test.sample", "found no sample '\(name)'") }
        return document
    }

    /// What is measured and learned: those with golden files.
    static let golden = [
        "training-model", "training-series", "training-policy", "training-policies", "evaluation-model",
        "evaluation-series", "evaluation-policy", "backtest", "cross-validation", "comparison-models",
        "comparison-several", "comparison-policies", "run-list", "run", "run-curves", "run-deleted", "study-single",
        "study-front",
    ]
    /// Of the registry and of pipelines, whose keys `CommandLineTests` holds.
    static let records = [
        "versions", "version", "history", "audit", "snapshot", "sources", "uses", "recall", "query", "views", "gate",
        "network",
        "networks", "metrics", "plots", "keys", "key", "hooks", "installation", "study-plots", "front-plots",
    ]

    private static let made = Result { try make() }

    private static func make() throws -> [String: any Document] {
        let project = try TestProject()
        var all = try trainings(project)
        for (name, document) in try comparisons(project) + runs(project) + records(project) + SampleStudies.all() {
            all[name] = document
        }
        return all
    }

    /// Longer than a column of a narrow terminal, and wide.
    static let longName = "the run with the name that somebody had a lot of time to think about 日本語の名前"

    private static func trainings(_ project: TestProject) throws -> [String: any Document] {
        let session = project.session
        let agent = try project.write(
            """
            schemaVersion: 1
            name: chain
            environment: momentum-chain
            agent: {kind: tabular-q, totalSteps: 4000, discount: 0.99, rate: 0.2, halving: 500}
            evaluation: {episodes: 20, discount: 0.99}

            """, to: "agent.yaml")
        func train(_ config: String, _ output: String, repeats: Int? = nil) throws -> TrainingDocument {
            var request = TrainModel.Request(
                config: config, features: config == agent ? nil : project.features, output: project.file(output))
            (request.seed, request.threads, request.name) = (3, 1, output == "out/one" ? longName : nil)
            return TrainingDocument(try TrainConfiguration.run(request, repeats: repeats, session: session))
        }
        func evaluate(_ model: String) throws -> EvaluationDocument {
            var request = EvaluateTrained.Request(model: project.file(model))
            (request.features, request.strategy, request.threads) = (project.features, project.strategy, 1)
            request.output = project.file("\(model)-evaluation")
            return EvaluationDocument(try EvaluateTrained.run(request, session: session))
        }
        var folds = CrossValidateModel.Request(
            config: project.recipe, features: project.features, strategy: project.strategy)
        (folds.groups, folds.testGroups, folds.threads) = (3, 1, 1)
        return [
            "training-model": try train(project.recipe, "out/one"),
            "training-series": try train(project.recipe, "out/two", repeats: 2),
            "training-policy": try train(agent, "out/agent"),
            "training-policies": try train(agent, "out/agents", repeats: 2),
            "evaluation-model": try evaluate("out/one"), "evaluation-series": try evaluate("out/two"),
            "evaluation-policy": try evaluate("out/agent"),
            "backtest": BacktestDocument(
                try BacktestModel.run(
                    model: project.model(1), features: project.features, strategy: project.strategy,
                    bars: project.market, participation: 0.01, book: nil, output: project.file("out/backtest"),
                    threads: 1, session: session)),
            "cross-validation": CrossValidationDocument(try CrossValidateModel.run(folds, session: session)),
        ]
    }

    private static func comparisons(_ project: TestProject) throws -> [(String, any Document)] {
        func compare(_ a: String, _ b: String, _ others: [String] = []) throws -> ComparisonsDocument {
            var request = CompareTrained.Request(a, b)
            request.others = others
            if others.isEmpty, a.hasPrefix("m/") { request.strategy = project.strategy }
            return ComparisonsDocument(try CompareTrained.run(request, session: project.session))
        }
        return [
            ("comparison-models", try compare("m/1", "m/2")),
            ("comparison-several", try compare("m/1", "m/2", [project.file("out/one-evaluation")])),
            ("comparison-policies", try compare(project.file("out/agent"), project.file("out/agents/seed-4"))),
        ]
    }

    private static func runs(_ project: TestProject) throws -> [(String, any Document)] {
        let session = project.session
        let found = try ReadRuns.curves(["seed 1", longName], metrics: [], session: session)
        return [
            ("run-list", RunListDocument(try ReadRuns.listing(ReadRuns.Query(), session: session))),
            ("run", RunDocument(try ReadRuns.show("seed 1", session: session))),
            ("run-curves", RunCurvesDocument(runs: found.runs, curves: found.curves)),
            ("run-deleted", RunChangeDocument.deleted(try EditRun.delete(longName, reason: "test", session: session))),
        ]
    }

    private static func records(_ project: TestProject) throws -> [(String, any Document)] {
        let session = project.session
        let gate = try GateModel.run(
            "m/1", policy: "hard", strategy: project.strategy, features: project.features, against: nil, threads: 1,
            session: session)
        _ = try ManageHooks.add(
            "mail", command: "mail -s 'what happened at the desk today' desk@example.com", url: nil, secretPath: nil,
            actions: ["alias.*", "deployment.*", "gate.*"], session: session)
        let key = try ManageKeys.generate("ann", session: session)
        try EditModel.describe("m/1", as: "The first one. \(longName)", session: session)
        try writePipeline(project)
        let workspace = session.workspace
        return [
            ("versions", VersionsDocument(try ListVersions.run(session: session))),
            ("version", VersionDetailDocument(try ShowVersion.run("m/1", session: session))),
            ("history", ModelHistoryDocument(try TraceHistory.run(model: "m", session: session))),
            ("audit", AuditDocument(try ReadAudit.entries(session: session))),
            ("snapshot", SnapshotDocument(try ReadAudit.snapshot(at: "2099-01-01", session: session))),
            (
                "sources",
                LineageDocument(try TraceLineage.run("m/1", downstream: false, session: session), isDownstream: false)
            ),
            (
                "uses",
                LineageDocument(
                    try TraceLineage.run(project.market, downstream: true, session: session), isDownstream: true)
            ),
            (
                "recall",
                RecallDocument(
                    try RecallData.run(
                        [project.market, "\(project.market)/SIM01_5min.csv", String(repeating: "0", count: 64)],
                        session: session))
            ),
            ("query", QueryDocument(try QueryRegistry.run("SELECT * FROM runs", session: session))),
            ("views", ViewsDocument(try QueryRegistry.views(session: session))),
            ("gate", GateVerdictDocument(gate)),
            (
                "network",
                NetworkDocument(
                    try DescribeModel.network("deeplob-paper", features: 40, window: nil, caller: session.caller))
            ),
            ("networks", NamedModelsDocument(DescribeModel.named)),
            ("metrics", MetricsDocument(try CompareValues.metrics(at: nil, in: workspace).files, revision: nil)),
            ("plots", PlotsDocument(try CompareValues.plots(at: [nil], in: workspace).plots)),
            ("keys", KeysDocument(try ListKeys.run(session: session))),
            ("key", KeyDocument(key, trustedIn: "the-environment-with-the-long-name")),
            ("hooks", HooksDocument(try ManageHooks.list(session: session))),
            ("installation", InstallationDocument(ExamineInstallation.run(session.caller))),
        ]
    }

    /// Metrics and a plot of large numbers.
    private static func writePipeline(_ project: TestProject) throws {
        let folder = "Pipelines/a-pipeline-with-a-long-name-of-its-own"
        try project.write(
            """
            stages:
              draw:
                cmd: echo drawn
                metrics: [metrics.json]
                plots: [curve.csv]

            """, to: "\(folder)/dvc.yaml")
        try project.write(
            "{\"a\": {\"measure with a long name\": -1234567.25, \"b\": \"words\"}}", to: "\(folder)/metrics.json")
        let rows = (1...90).map { "\($0),\(1e21 / Double($0))" }
        try project.write("step,loss\n\(rows.joined(separator: "\n"))\n", to: "\(folder)/curve.csv")
    }
}
