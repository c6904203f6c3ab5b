import Basics
import NeuralNetworks
import Registry

/// A repeat of a series that is on record and on disk, whole: it is not trained, and not counted, again.
enum KeptRepeat {
    /// What a repeat brought whose directory holds the weights of a finished run of this very configuration on this
    /// very data; nil for anything else, which is trained anew.
    static func find(_ request: TrainModel.Request, config: JSONValue, session: Session) throws
        -> RepeatTraining.Repeat?
    {
        let summary = Paths.join(request.output, "run.json")
        // Weights to start from are no part of a configuration.
        guard request.initialWeights == nil, Paths.exists(summary),
            let node = try? JSONParser.parse(try FileChunks.bytes(summary), file: summary),
            let id = node[key: "run"]?.stringValue, let weights = node[key: "weights"]?.stringValue
        else { return nil }
        let registry = try session.registry()
        guard let run = try NamedRun.run(id, registry: registry), run.id == id, run.status == .finished,
            run.config == config.text(.compact), try run.dataDigest == data(request, config, session: session),
            try registry.artefacts(run: id).contains(where: { $0.name == .model && $0.digest == weights }),
            try hasWeights(request.output, weights)
        else { return nil }
        let measures =
            node[key: "agent"] == nil
            ? try ofModel(id, registry: registry) : ofPolicy(Paths.join(request.output, "evaluation.json"))
        return measures.isEmpty ? nil : RepeatTraining.Repeat(run: id, measures: measures)
    }

    /// A run of this very repeat that was interrupted or killed, which goes on: begun with the same weights, or none.
    ///
    /// - Parameter output: only a run that was to write there; any when nil.
    static func interrupted(
        _ request: TrainModel.Request, config: JSONValue, experiment: String, into output: String? = nil,
        session: Session
    ) throws -> String? {
        let data = try data(request, config, session: session), text = config.text(.compact)
        let registry = try session.registry()
        let initial = try request.initialWeights.map { try InitialWeights($0, session: session).digest }
        let candidates = try registry.runs(limit: 10_000, experiment: experiment).filter {
            [.interrupted, .running].contains($0.status) && $0.kind == .train && $0.name == request.name
                && $0.config == text
                && $0.dataDigest == data && Paths.exists(session.checkpointPath(run: $0.id))
        }
        _ = try SettleRuns.run(candidates, registry: registry, session: session)
        return try candidates.first {
            guard try registry.run($0.id).status == .interrupted else { return false }
            let start = try registry.start(of: $0.id)?.start
            guard start?[key: "initial"]?.stringValue == initial else { return false }
            return output.map { start?[key: "output"]?.stringValue == session.shown($0) } ?? true
        }?.id
    }

    private static func hasWeights(_ directory: String, _ digest: String) throws -> Bool {
        try ["model.safetensors", PolicyFile.name].map { Paths.join(directory, $0) }.contains {
            try Paths.exists($0) && Digest.sha256(file: $0) == digest
        }
    }

    /// What the training would learn from, as its run has it on record.
    private static func data(_ request: TrainModel.Request, _ config: JSONValue, session: Session) throws -> String? {
        if let features = request.features { return try BuildFeatures.featuresNode(features, session: session).id }
        if let data = request.data { return try DataIdentity(data, session: session).node.id }
        return config[key: "agent"] == nil ? nil : TrainAgent.taskNode(try AgentRecipe(config)).id
    }

    /// The validation measures of the best epoch.
    private static func ofModel(_ run: String, registry: RegistryDatabase) throws -> [(name: String, value: Double)] {
        let config = try JSONParser.parse(try registry.run(run).config)
        guard let best = try registry.latestMetrics(run: run)["best.epoch"] else { return [] }
        var out: [(name: String, value: Double)] = []
        for name in ValidationMeasures.names(try TrainingRecipe(config).training.loss) {
            let point = try registry.history(run: run, metric: "val.\(name)").first { Double($0.step) == best }
            guard let point else { return [] }
            out.append((name: name, value: point.value))
        }
        return out
    }

    /// As ``TrainConfiguration`` tells them of a policy that it trains.
    private static func ofPolicy(_ path: String) -> [(name: String, value: Double)] {
        guard let node = try? JSONParser.parse(try FileChunks.bytes(path), file: path),
            let rows = node[key: "policies"]?.listValue, let own = rows.first?[key: "return"]?.doubleValue
        else { return [] }
        var out = [(name: "return", value: own)]
        if let share = node[key: "shareOfGap"]?.doubleValue { out.append((name: "share of the gap", value: share)) }
        for row in rows.dropFirst() {
            guard let name = row[key: "name"]?.stringValue, let value = row[key: "return"]?.doubleValue else {
                return []
            }
            out.append((name: name, value: value))
        }
        return out
    }
}
