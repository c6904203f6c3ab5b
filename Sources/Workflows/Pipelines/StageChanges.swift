import Basics
import DataVersioning
import Pipelines

/// What `dvc status --json` says of one stage: changed dependencies, changed outputs, then words.
struct StageChanges {
    private let stage: Stage
    private let workspace: Workspace
    private var deps: [(String, JSONValue)] = []
    private var outs: [(String, JSONValue)] = []
    private var rest: [JSONValue] = []

    init(
        _ stage: Stage, _ status: StageStatus, _ locked: LockFile.Stage?, _ workspace: Workspace,
        _ now: ExactMap<DataEntry>
    ) {
        self.stage = stage
        self.workspace = workspace
        if locked == nil { addNew(now) } else { add(status, locked) }
        addLost(locked)
        for item in stage.foreign {
            // Nobody has looked, so nobody says that it stands as it did.
            if item.isOutput {
                outs.append((item.path, .string("not checked")))
            } else if !stage.isFrozen {
                deps.append((item.path, .string("not checked")))
            }
        }
        if stage.alwaysRuns || stage.isCallback { rest.append(.string("always changed")) }
    }

    var json: [JSONValue] {
        (deps.isEmpty ? [] : [.map([("changed deps", .map(deps))])])
            + (outs.isEmpty ? [] : [.map([("changed outs", .map(outs))])]) + rest
    }

    private func shown(_ path: String) -> String { workspace.shown(stage.absolute(path)) }

    /// A stage that never ran has no record that anything could be equal to: what is there is modified, as DVC says it.
    private mutating func addNew(_ now: ExactMap<DataEntry>) {
        if !stage.isFrozen {
            deps += stage.dependencies.map { (shown($0), .string(now[$0] == nil ? "deleted" : "modified")) }
            var seen: Set<String> = []
            for item in stage.parameters where seen.insert(item.file).inserted {
                let exists = Paths.exists(stage.absolute(item.file))
                deps.append((shown(item.file), .string(exists ? "new" : "deleted")))
            }
        }
        outs += stage.outputs.map {
            (shown($0.path), .string(Paths.exists(stage.absolute($0.path)) ? "modified" : "deleted"))
        }
    }

    private mutating func add(_ status: StageStatus, _ locked: LockFile.Stage?) {
        var parameters: [(file: String, keys: [(String, JSONValue)])] = []
        for change in status.changes {
            switch change {
            case .neverRun:
                let known = ExactSet((locked?.outputs ?? []).map(\.path))
                outs += stage.outputs.filter { !known.contains($0.path) }.map {
                    (shown($0.path), .string(Paths.exists(stage.absolute($0.path)) ? "modified" : "deleted"))
                }
            case .command, .partitions: rest.append(.string("changed command"))
            case .dependency(let path, _, let new):
                // What the stage reads no more is no dependency of it any longer.
                guard stage.dependencies.containsExactly(path) else { continue }
                deps.append((shown(path), .string(new == nil ? "deleted" : "modified")))
            case .parameter(let file, let key, let old, let new):
                let name = shown(file)
                let state = JSONValue.string(new == nil ? "deleted" : old == nil ? "new" : "modified")
                if let index = parameters.firstIndex(where: { $0.file == name }) {
                    parameters[index].keys.append((key, state))
                } else {
                    parameters.append((name, [(key, state)]))
                }
            case .output(let path, _, let new): outs.append((shown(path), .string(new == nil ? "deleted" : "modified")))
            case .always, .notFetched, .notOnRecord, .forced: break
            }
        }
        deps += parameters.map { ($0.file, .map($0.keys)) }
    }

    /// What the cache cannot give back weighs more than that it is gone or altered: no checkout helps.
    private mutating func addLost(_ locked: LockFile.Stage?) {
        for entry in locked?.outputs ?? [] {
            guard stage.outputs.contains(where: { $0.path.isExactly(entry.path) && $0.isCached }) else { continue }
            let name = shown(entry.path), place = outs.firstIndex { $0.0.isExactly(name) }
            let isHere = place == nil && Paths.exists(stage.absolute(entry.path))
            let isCached =
                isHere ? workspace.isCached(entry, standingAt: stage.absolute(entry.path)) : workspace.isCached(entry)
            if isCached { continue }
            if let place {
                outs[place].1 = .string("not in cache")
            } else {
                outs.append((name, .string("not in cache")))
            }
        }
    }
}
