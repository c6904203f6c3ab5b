import Basics
import DataVersioning
import Pipelines
import Registry

/// A stage in; whether the registry here has the run or version that its outputs tell of, and what its features were
/// computed from, out.
///
/// A lock and a cache say what a stage made, and not in whose registry it was entered: with the lock in Git and the
/// outputs in a remote, another registry would be given the name of a version that it does not have.
struct StagesOnRecord {
    private let graph: PipelineGraph
    /// Stages that train, register, and those whose runs some other stage registers.
    private let recording: Set<Int>
    /// Stages that compute the features of such runs.
    private let computing: Set<Int>
    private let workspace: Workspace

    /// - Parameter selection: positions of the stages in question. A run that none of them registers is not missed: a
    ///   clone that looks at results trains nothing anew.
    init(_ graph: PipelineGraph, _ selection: [Int], in workspace: Workspace) {
        let registering = selection.filter { StagesOnRecord.runs("models register", graph.stages[$0]) }
        let upstream = graph.upstream(of: registering)
        computing = Set(upstream.filter { StagesOnRecord.runs("features", graph.stages[$0]) }).intersection(selection)
        let training = upstream.filter { index in
            ["train", "model ensemble"].contains { StagesOnRecord.runs($0, graph.stages[index]) }
        }
        (self.graph, self.workspace) = (graph, workspace)
        recording = Set(registering).union(training).intersection(selection)
    }

    /// Whether a command of a stage is one of ours.
    private static func runs(_ words: String, _ stage: Stage) -> Bool {
        let wanted = words.split(separator: " ")
        return stage.commands.contains { command in
            let parts = command.split(separator: " ")
            guard let program = parts.first, Paths.name(String(program)) == "hftml" else { return false }
            return parts.dropFirst().starts(with: wanted)
        }
    }

    /// Why a stage has to run although its outputs are those of its lock; nil where the registry has what they name.
    func objection(_ index: Int) -> String? {
        let stage = graph.stages[index], paths = stage.outputs.map { stage.absolute($0.path) }
        var missing: String?
        if recording.contains(index) { missing = paths.lazy.compactMap(self.missing).first }
        if computing.contains(index), missing == nil {
            // Beside the table a stage may make pictures of it, which have none.
            let files = paths.filter { Paths.exists($0) && !Paths.isDirectory($0) }
            let tables = files.filter { $0.hasSuffix(".safetensors") } + files.filter { !$0.hasSuffix(".safetensors") }
            if let first = tables.first, !tables.contains(where: { hasLineage($0, of: index) }) {
                missing = "the lineage of \(Paths.name(first))"
            }
        }
        return missing.map { "\($0) is not in this registry" }
    }

    // MARK: Features

    /// Whether the record says what a table of features was computed from: a gate asks for it.
    private func hasLineage(_ path: String, of index: Int) -> Bool {
        guard !isLearned(path, of: index), let digest = try? Digest.sha256(file: path) else { return true }
        return isKnown { try $0.lineage(of: LineageNode.features(digest, path: path).id).nodes.count > 1 }
    }

    /// Whether a run on record has learned from this very table, by the locks: then nobody need read it.
    private func isLearned(_ path: String, of index: Int) -> Bool {
        let stage = graph.stages[index]
        guard let made = locked(stage)?.outputs.first(where: { stage.absolute($0.path) == path })?.md5 else {
            return false
        }
        return recording.intersection(graph.downstream(of: [index])).contains { other in
            let learner = graph.stages[other]
            let hasRead = locked(learner)?.dependencies.contains {
                learner.absolute($0.path) == path && $0.md5 == made
            }
            guard hasRead == true else { return false }
            return learner.outputs.contains { output in
                guard let run = named(learner.absolute(output.path))?[key: "run"]?.stringValue else { return false }
                return isKnown {
                    try $0.lineage(of: TrainModel.runNode(run, name: "").id).nodes.contains { $0.kind == .featureSpec }
                }
            }
        }
    }

    private func locked(_ stage: Stage) -> LockFile.Stage? {
        (try? workspace.lockFile("\(Paths.parent(stage.file))/dvc.lock"))?[stage.name]
    }

    // MARK: Runs and versions

    /// What an output names that the registry does not have; what cannot be read is told by whoever needs it.
    private func missing(_ path: String) -> String? { named(path).flatMap(missing) }

    /// The document in which an output names a run or version.
    private func named(_ path: String) -> JSONValue? {
        let run = Paths.join(path, "run.json"), file = Paths.isDirectory(path) ? run : path
        guard file.hasSuffix(".json"), let bytes = try? SmallFile.bytes(file, most: 1 << 24) else { return nil }
        return try? JSONParser.parse(bytes, file: file)
    }

    private func missing(_ node: JSONValue) -> String? {
        if let model = node[key: "model"]?.stringValue, let number = node[key: "version"]?.intValue {
            let reference = "\(model)/\(number)", weights = node[key: "weights"]?.stringValue
            return isKnown { registry in
                let known = try registry.version(reference)
                return weights == nil || known.weights == weights
            } ? nil : reference
        }
        guard let id = node[key: "run"]?.stringValue else { return nil }
        return isKnown {
            _ = try $0.run(id); return true
        } ? nil : "run \(id.prefix(8))"
    }

    private func isKnown(_ look: (RegistryDatabase) throws -> Bool) -> Bool {
        do {
            let session = try Session(
                Caller(actor: "repro", environment: workspace.environment, directory: workspace.root))
            // None is made for the looking.
            guard Paths.exists(session.registryPath) else { return false }
            return try look(try session.registry())
        } catch let error as any UserFacingError {
            // One that Git tracks is not opened: what is made anew for it says so.
            return !error.code.hasPrefix("registry.no-") && error.code != "runtime.tracked"
        } catch { return true }
    }
}
