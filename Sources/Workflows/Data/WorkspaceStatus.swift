package import Basics
package import DataVersioning
package import Pipelines

/// A workspace in; what changed since it was recorded, out, in the shape of `dvc status --json`.
package struct WorkspaceStatus {
    private var items: [(name: String, changes: [JSONValue])] = []

    package var isClean: Bool { items.isEmpty }
    package var json: JSONValue { .map(items.map { ($0.name, .list($0.changes)) }) }

    /// Indented lines, as DVC prints them.
    package var text: String {
        var out = ""
        for item in items {
            out += "\(item.name):\n"
            for change in item.changes {
                if let text = change.stringValue { out += "    \(text)\n" }
                for group in change.mapValue ?? [] {
                    out += "    \(group.key):\n"
                    for entry in group.value.mapValue ?? [] {
                        if let keys = entry.value.mapValue {
                            out += "        \(entry.key):\n"
                            for key in keys { out += "            \(key.value.stringValue ?? ""):  \(key.key)\n" }
                        } else {
                            out += "        \(entry.value.stringValue ?? ""):  \(entry.key)\n"
                        }
                    }
                }
            }
        }
        return out
    }

    /// The same, and what was hashed for it is remembered.
    package static func run(_ targets: [String] = [], in workspace: Workspace) throws -> WorkspaceStatus {
        let status = try of(workspace, targets: targets)
        try workspace.hashes.save()
        return status
    }

    /// - Parameter targets: pointers, data, pipelines; everything when empty.
    package static func of(_ workspace: Workspace, targets: [String]) throws -> WorkspaceStatus {
        var status = WorkspaceStatus()
        let pipelineFiles =
            try targets.isEmpty
            ? PipelineFiles.all(in: workspace)
            : targets.filter(PipelineFiles.isPipeline).map { try Pipeline.file(at: $0) }
        let dataTargets = targets.filter { !PipelineFiles.isPipeline($0) }
        let pointers = try targets.isEmpty ? workspace.pointers() : dataTargets.flatMap { try covered($0, workspace) }
        for pointer in pointers { try status.add(pointer, workspace) }
        for file in pipelineFiles { try status.add(pipeline: file, workspace, isAsked: !targets.isEmpty) }
        return status
    }

    private static func covered(_ target: String, _ workspace: Workspace) throws -> [PointerFile] {
        let path = Paths.absolute(target)
        if path.hasSuffix(".dvc") { return [try PointerFile.read(path)] }
        if let covering = try workspace.pointer(covering: path) { return [covering] }
        let below = try workspace.pointers().filter { $0.path.hasPrefix(path + "/") }
        if below.isEmpty {
            throw Failure(
                "data.unknown-target", "found nothing under version control at '\(target)'",
                hint: "put it there with: hftml add '\(target)'", exitStatus: .usage)
        }
        return below
    }

    private mutating func add(_ pointer: PointerFile, _ workspace: Workspace) throws {
        var outs: [(String, JSONValue)] = [], changes: [JSONValue] = []
        for entry in pointer.entries {
            let path = pointer.dataPath(entry)
            let state = try workspace.state(of: entry, at: path)
            if state != .unchanged { outs.append((workspace.shown(path), .string(state.rawValue))) }
        }
        if !outs.isEmpty { changes.append(.map([("changed outs", .map(outs))])) }
        if pointer.isImport,
            pointer.document[key: "md5"]?.stringValue.map({ $0 != PointerFile.checksum(pointer.node) }) ?? false
        {
            changes.append(.string("changed checksum"))
        }
        if !changes.isEmpty { items.append((workspace.shown(pointer.path), changes)) }
    }

    /// - Parameter isAsked: a native pipeline that never ran is shown only to those who ask for it.
    private mutating func add(pipeline file: String, _ workspace: Workspace, isAsked: Bool) throws {
        if !isAsked, Paths.name(file) != "dvc.yaml", !Paths.exists(Paths.join(Paths.parent(file), "dvc.lock")) {
            return
        }
        let pipeline = try ReproducePipeline.load(file)
        let lock = try LockFile(pipeline.lockPath)
        let parameters = ParameterValues()
        let shown = workspace.shown(pipeline.path)
        for stage in pipeline.stages {
            var now: ExactMap<DataEntry> = [:]
            let status = try StageStatus.of(
                stage, lock: lock, workspace: workspace, parameters: parameters, dependencies: &now)
            var changes = WorkspaceStatus.changes(status, stage, lock[stage.name], workspace, now)
            let lost = (lock[stage.name]?.outputs ?? []).filter { entry in
                stage.outputs.contains { $0.path.isExactly(entry.path) && $0.isCached }
                    && Paths.exists(stage.absolute(entry.path)) && !status.isOutputChanged(entry.path)
                    && !workspace.isCached(entry, standingAt: stage.absolute(entry.path))
            }
            if !lost.isEmpty {
                changes.append(
                    .map([
                        (
                            "changed outs",
                            .map(lost.map { (workspace.shown(stage.absolute($0.path)), .string("not in cache")) })
                        )
                    ]))
            }
            if !changes.isEmpty { items.append((shown == "dvc.yaml" ? stage.name : "\(shown):\(stage.name)", changes)) }
        }
    }

    private static func changes(
        _ status: StageStatus, _ stage: Stage, _ locked: LockFile.Stage?, _ workspace: Workspace,
        _ now: ExactMap<DataEntry>
    ) -> [JSONValue] {
        var deps: [(String, JSONValue)] = [], outs: [(String, JSONValue)] = [], out: [JSONValue] = []
        func shown(_ path: String) -> String { workspace.shown(stage.absolute(path)) }
        var parameters: [(file: String, keys: [(String, JSONValue)])] = []
        var rest: [JSONValue] = []
        for change in status.changes {
            switch change {
            case .neverRun where locked == nil:
                // As DVC says it: what is there differs from a record that names nothing.
                deps += stage.dependencies.map { (shown($0), .string(now[$0] == nil ? "deleted" : "modified")) }
                for file in stage.parameters.map(\.file) where !deps.contains(where: { $0.0.isExactly(shown(file)) }) {
                    deps.append((shown(file), .string(Paths.exists(stage.absolute(file)) ? "new" : "deleted")))
                }
                outs += stage.outputs.map {
                    (shown($0.path), .string(Paths.exists(stage.absolute($0.path)) ? "modified" : "deleted"))
                }
                if stage.alwaysRuns || stage.isCallback { rest.append(.string("always changed")) }
            case .neverRun:
                let known = ExactSet((locked?.outputs ?? []).map(\.path))
                outs += stage.outputs.filter { !known.contains($0.path) }.map { (shown($0.path), .string("new")) }
            case .command: rest.append(.string("changed command"))
            case .dependency(let path, let old, let new):
                deps.append((shown(path), .string(new == nil ? "deleted" : old == nil ? "new" : "modified")))
            case .parameter(let file, let key, let old, let new):
                let name = shown(file),
                    state = JSONValue.string(new == nil ? "deleted" : old == nil ? "new" : "modified")
                if let index = parameters.firstIndex(where: { $0.file == name }) {
                    parameters[index].keys.append((key, state))
                } else {
                    parameters.append((name, [(key, state)]))
                }
            case .output(let path, _, let new): outs.append((shown(path), .string(new == nil ? "deleted" : "modified")))
            case .always: rest.append(.string("always changed"))
            case .partitions, .forced: break
            }
        }
        deps += parameters.map { ($0.file, .map($0.keys)) }
        if !deps.isEmpty { out.append(.map([("changed deps", .map(deps))])) }
        if !outs.isEmpty { out.append(.map([("changed outs", .map(outs))])) }
        return out + rest
    }
}

extension StageStatus {
    fileprivate func isOutputChanged(_ path: String) -> Bool {
        changes.contains { if case .output(path, _, _) = $0 { true } else { false } }
    }
}

/// The pipelines of a workspace.
package enum PipelineFiles {
    package static func isPipeline(_ target: String) -> Bool {
        let name = Paths.name(target)
        return name == "pipeline.yaml" || name == "dvc.yaml"
            || (Paths.isDirectory(target)
                && (Paths.exists("\(target)/pipeline.yaml") || Paths.exists("\(target)/dvc.yaml")))
    }

    /// All of them; beside a `pipeline.yaml`, a `dvc.yaml` is its export and not another one.
    package static func all(in workspace: Workspace) throws -> [String] {
        let files = try workspace.files { $0 == "pipeline.yaml" || $0 == "dvc.yaml" }
        let native = Set(files.filter { $0.hasSuffix("/pipeline.yaml") }.map { Paths.parent($0) })
        return files.filter { $0.hasSuffix("/pipeline.yaml") || !native.contains(Paths.parent($0)) }
    }

    package static func load(in workspace: Workspace) throws -> [Pipeline] {
        try all(in: workspace).map { try ReproducePipeline.load($0) }
    }
}

/// Outputs that stages keep out of the cache, or out of remotes; locks do not tell them from others.
package enum Uncached {
    /// Data that belongs into remotes.
    package static func pushed(_ data: [TrackedData], workspace: Workspace) throws -> [TrackedData] {
        guard data.contains(where: { $0.stage != nil }) else { return data.filter(\.entry.isCached) }
        var settings: ExactMap<Stage.Output> = [:]
        for pipeline in try PipelineFiles.load(in: workspace) {
            for stage in pipeline.stages {
                for output in stage.outputs { settings[workspace.shown(stage.absolute(output.path))] = output }
            }
        }
        return data.compactMap { item in
            guard item.entry.isCached, item.stage != nil else { return item.entry.isCached ? item : nil }
            // A lock may still name outputs that no stage makes any more.
            guard let output = settings[item.path], output.isCached else { return nil }
            var item = item
            item.entry.isPushed = output.isPushed
            item.entry.remote = output.remote
            return item
        }
    }
}
