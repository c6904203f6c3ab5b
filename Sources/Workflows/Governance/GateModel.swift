import Backtesting
import Basics
import ConfigurationFiles
import Features
import ModelBundles
import NeuralNetworks
import Promotion
import Registry

/// A version and a policy in, a recorded verdict with every reason out.
package enum GateModel {
    package struct Outcome: Sendable {
        package var version: VersionRecord
        package var report: CheckReport
        package var decision: GateDecisionRecord
    }

    /// A policy file, or the name of one under `Registry/policies`.
    static func policyPath(_ name: String, project: Project) -> String {
        Paths.exists(name) || name.contains("/") ? name : "\(project.root)/Registry/policies/\(name).yaml"
    }

    package static func run(
        _ reference: String, policy policyName: String, strategy: String, features: String, against incumbent: String?, threads: Int, project: Project
    ) throws -> Outcome {
        let registry = try project.registry()
        let version = try RegisterModel.version(reference, registry: registry)
        let path = policyPath(policyName, project: project)
        let name = Paths.name(path)
        let policy = try GatePolicy(try YAMLFile.read(path), name: name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name)
        let evidence = try collect(version, strategy: strategy, features: features, against: incumbent, threads: threads, registry: registry, project: project)
        let report = policy.evaluate(evidence)
        let decision = GateDecision.record(report, version: version, policy: policy, actor: RegistryDatabase.actor, time: registry.now())
        try registry.record(decision)
        try registry.link(
            [RegisterModel.node(version)],
            to: LineageNode(
                .gateDecision, id: "gate:\(decision.digest)", label: "\(policy.name): \(decision.isPassed ? "passed" : "refused")"))
        return Outcome(version: version, report: report, decision: decision)
    }

    /// Recomputes predictions from the registered weights and the very features the run was trained on.
    private static func collect(
        _ version: VersionRecord, strategy: String, features: String, against incumbent: String?, threads: Int, registry: RegistryDatabase, project: Project
    ) throws -> GateEvidence {
        let run = try registry.run(version.run)
        let node = try BuildFeatures.featuresNode(features, project: project)
        guard node.id == run.dataDigest else {
            throw Failure(
                "gate.other-features", "found other features in '\(features)' than \(version.reference) was trained on", hint: "rebuild the features of that run")
        }
        let table = try FeatureTable.read(features)
        let recipeNode = try JSONParser.parse(run.config, file: "run \(run.id.prefix(8))")
        let split = try recipeNode[key: "split"].map { try SplitSpec($0, path: "split") } ?? SplitSpec()
        func score(_ v: VersionRecord) throws -> PredictionFile {
            let model = try ModelFile.read(try project.artefacts.verified(v.weights))
            let dataset = try WindowedDataset(table, window: model.spec.window, split: split)
            return try PredictionFile.predict(
                model, table: table, ends: dataset.test, baseline: PredictionFile.baseline(dataset), threads: threads, weights: v.weights, features: node.id)
        }
        let own = try score(version)
        let plan = try StrategyFile(strategy, horizon: table.label.horizon)
        let measured = EvaluateModel.measure(own, plan: plan, run: run.id)
        var paired: (String, Predictions, Predictions)?
        let reference = incumbent ?? "\(version.model)@champion"
        do {
            let other = try registry.version(reference)
            if other.reference != version.reference {
                let theirs = try score(other)
                if let (a, b) = own.predictions.paired(with: theirs.predictions, names: own.instruments, otherNames: theirs.instruments) {
                    paired = (other.reference, a, b)
                }
            }
        } catch let error as Failure where error.code == "registry.no-version" && incumbent == nil {
            // No champion yet: nothing to compare with.
        }
        let graph = try registry.lineage(of: RegisterModel.node(version).id)
        // Searches measure on the validation span only, and every one of their trials was a chance to look good.
        let trialSharpes = try ["test.sharpe_daily", "val.sharpe_daily"].flatMap { try registry.metricAcrossTrials(experiment: run.experiment, metric: $0) }
        let reports = graph.nodes.filter { $0.kind == .qualityReport }
        return GateEvidence(
            subject: version.reference, predictions: own.predictions, metrics: Dictionary(measured.metrics.map { ($0.name, $0.value) }) { $1 },
            baselineMetrics: measured.baseline, backtest: measured.backtest, trials: try registry.trialCount(experiment: run.experiment),
            trialSharpes: trialSharpes, incumbent: paired,
            qualityPassed: reports.isEmpty ? nil : reports.allSatisfy { $0.label.hasPrefix("passed") }, lineageKinds: Set(graph.nodes.map(\.kind.rawValue)),
            dirtyFiles: run.gitDirty)
    }
}
