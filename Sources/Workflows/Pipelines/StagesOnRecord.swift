import Basics
import DataVersioning
import Pipelines
import Registry

/// A stage in; whether the registry here has the run or version that its outputs tell of, out.
///
/// A lock and a cache say what a stage made, and not in whose registry it was entered: with the lock in Git and the
/// outputs in a remote, another registry would be given the name of a version that it does not have.
struct StagesOnRecord {
    private let graph: PipelineGraph
    /// Stages that train, register, and those whose runs some other stage registers.
    private let recording: Set<Int>
    private let workspace: Workspace

    /// - Parameter selection: positions of the stages in question. A run that none of them registers is not missed: a
    ///   clone that looks at results trains nothing anew.
    init(_ graph: PipelineGraph, _ selection: [Int], in workspace: Workspace) {
        let registering = selection.filter { StagesOnRecord.runs("models register", graph.stages[$0]) }
        let training = graph.upstream(of: registering).filter { index in
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
        guard recording.contains(index) else { return nil }
        let stage = graph.stages[index]
        for output in stage.outputs {
            if let missing = missing(stage.absolute(output.path)) { return "\(missing) is not in this registry" }
        }
        return nil
    }

    /// What an output names that the registry does not have; what cannot be read is told by whoever needs it.
    private func missing(_ path: String) -> String? {
        let run = Paths.join(path, "run.json"), file = Paths.isDirectory(path) ? run : path
        guard file.hasSuffix(".json"), let bytes = try? SmallFile.bytes(file, most: 1 << 24),
            let node = try? JSONParser.parse(bytes, file: file)
        else { return nil }
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
            return try look(try RegistryDatabase(session.registryPath, actor: "repro", clock: session.clock))
        } catch let error as any UserFacingError {
            return !error.code.hasPrefix("registry.no-")
        } catch { return true }
    }
}
