import Basics
import Features
import ModelBundles
package import NeuralNetworks
package import Registry
import Tensors

/// A version in; whether the recorded recipe, data, seed and thread count give the same weights again, out.
package enum ReproduceVersion {
    package struct Outcome: Sendable {
        package var version: VersionRecord
        package var weights: String
        package var isEqual: Bool
        /// What differs from what is on record: configuration, starting weights, tool, kernels, commit.
        package var differences: [String]
    }

    private static let action = "version.reproduced"

    /// Trains once more in a scratch directory; the registry only gets the outcome.
    ///
    /// - Parameter features: the table the run was trained on; nil makes it again from code and data of the run's
    ///   commit. Its digest is checked.
    package static func run(
        _ reference: String, features given: String?, session: Session, progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> Outcome {
        let registry = try session.registry()
        let version = try RegisterModel.version(reference, session: session)
        guard !version.run.isEmpty else {
            throw Failure("reproduce.no-run", "found \(version.reference) without a run")
        }
        let run = try registry.run(version.run)
        guard run.kind == .train else {
            throw Failure(
                "reproduce.kind", "found a run of kind '\(run.kind.rawValue)', expected a supervised training",
                hint: "train it again from its recipe with the same seed")
        }
        let scratch = Paths.join(Paths.parent(session.registryPath), "scratch-\(RunRecord.newID())")
        defer { try? Paths.remove(scratch) }
        try Paths.makeDirectory(scratch)
        let features =
            try given ?? RebuildFeatures.run(run, in: Paths.join(scratch, "code"), registry: registry, session: session)
        let node = try BuildFeatures.featuresNode(features, session: session)
        guard node.id == run.dataDigest else {
            throw Failure(
                "reproduce.other-features",
                "found other features in '\(given ?? "code and data of commit \(run.gitCommit?.prefix(12) ?? "?")")' "
                    + "than \(version.reference) was trained on",
                hint: run.gitDirty.isEmpty
                    ? "rebuild the features of that run"
                    : "the run was made with \(run.gitDirty.count) changed files: "
                        + "\(run.gitDirty.prefix(3).joined(separator: ", "))",
                exitStatus: .refused)
        }
        let recipe = try TrainingRecipe(try JSONParser.parse(run.config, file: "run \(run.id.prefix(8))"))
        let table = try FeatureTable.read(features)
        try recipe.validate(against: table.label)
        let prepared = try PreparedTraining(
            recipe, table: table, split: recipe.split, threads: run.threads ?? Session.defaultThreads)
        let recorded = KernelsName(run.cpu)
        // What was measured then is not measured again: the run says which library computed it.
        if let recorded { try prepared.trainer.compute(with: recorded) }
        let begun = try registry.start(of: run.id)
        if let initial = begun?.start[key: "initial"]?.stringValue {
            _ = try InitialWeights(digest: initial, session: session).start(prepared.trainer)
        }
        let dataset = prepared.dataset
        _ = try prepared.trainer.run(
            training: WindowSamples(dataset, ends: dataset.training),
            validation: WindowSamples(dataset, ends: dataset.validation), checkpoint: nil, shouldStop: { false },
            progress: progress)
        let file = Paths.join(scratch, "model.safetensors")
        try prepared.model.write(to: file)
        let weights = try Digest.sha256(file: file), isEqual = weights == version.weights
        var differences = try differences(run, prepared.trainer.kernelsName, session: session)
        if !isEqual {
            differences = try reasons(version, prepared, knowsStart: begun != nil, session: session) + differences
        }
        try registry.audit(
            action: action, subject: version.subject,
            detail: .map([
                "equal": .bool(isEqual), "weights": .string(version.weights), "found": .string(weights),
                "differences": .strings(differences),
            ]))
        return Outcome(version: version, weights: weights, isEqual: isEqual, differences: differences)
    }

    /// Tool, kernels and commit that are not those of the run.
    private static func differences(_ run: RunRecord, _ kernels: KernelsName, session: Session) throws -> [String] {
        let code = try session.code(), recorded = KernelsName(run.cpu)
        var out: [String] = []
        if run.toolVersion != ToolVersion.current { out.append("tool \(run.toolVersion) → \(ToolVersion.current)") }
        if recorded.map({ $0.library != kernels.library || $0.processor != kernels.processor }) ?? true {
            out.append("kernels \(run.cpu) → \(kernels)")
        }
        if run.gitCommit != code.commit {
            out.append("commit \(run.gitCommit?.prefix(12) ?? "none") → \(code.commit?.prefix(12) ?? "none")")
        }
        return out
    }

    /// Why the weights may differ: the model file is not of the configuration on record, or nobody knows what it began
    /// with.
    private static func reasons(
        _ version: VersionRecord, _ prepared: PreparedTraining, knowsStart: Bool, session: Session
    ) throws -> [String] {
        let model = try ModelFile.read(try session.artefacts.verified(version.weights)).spec, now = prepared.model.spec
        var out = ResumableRun.differences(
            .map([("layers", .list(now.layers))]), .map([("layers", .list(model.layers))]))
        for (name, isSame) in [
            ("window \(now.window) → \(model.window)", now.window == model.window),
            ("label \(now.label.summary) → \(model.label.summary)", now.label == model.label),
            ("scaling, so another split, window or training data", now.scaler == model.scaler),
            ("features", now.features == model.features), ("market", now.market == model.market),
        ] where !isSame { out.append(name) }
        out = out.map { "configuration on record and model file: \($0)" }
        let run = try session.registry().run(version.run), files = run.gitDirty.prefix(3).joined(separator: ", ")
        if !run.gitDirty.isEmpty { out.append("\(run.gitDirty.count) files differed from the commit: \(files)") }
        if !knowsStart { out.append("its starting weights are not on record: it may have begun with --initial") }
        if out.isEmpty { out.append("nothing on record differs; look at the threads, the processor and the library") }
        return out
    }

    /// What the newest attempt on exactly these weights found.
    static func recorded(_ version: VersionRecord, registry: RegistryDatabase) throws -> (
        isEqual: Bool, detail: String
    )? {
        guard let entry = try registry.latestAudit(action: action, subject: version.subject),
            let detail = try? JSONParser.parse(entry.detail),
            detail[key: "weights"]?.stringValue == version.weights, let isEqual = detail[key: "equal"]?.boolValue
        else { return nil }
        let found = detail[key: "found"]?.stringValue ?? ""
        let when = "a rerun at \(TimeText.seconds(entry.time)) by \(entry.actor)"
        return (
            isEqual,
            isEqual
                ? "\(when) gave the same weights"
                : "\(when) gave other weights (\(found.prefix(12)) in place of \(version.weights.prefix(12)))"
        )
    }
}
