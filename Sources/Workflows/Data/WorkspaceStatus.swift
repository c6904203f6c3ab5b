package import Basics
package import DataVersioning
import Pipelines

/// A workspace in; what changed since it was recorded, out, in the shape of `dvc status --json`.
package struct WorkspaceStatus {
    private var items: [(name: String, changes: [JSONValue])] = []
    /// Files of the workspace that cannot be read, and why: nothing is known of what they name.
    package private(set) var unread: [(file: String, problem: String)] = []

    /// Whether everything was looked at and stands as recorded.
    package var isClean: Bool { items.isEmpty && unread.isEmpty }
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

    /// - Parameter targets: pointers, data, pipelines, stages as `FILE:stage` or by name; everything when empty.
    package static func of(_ workspace: Workspace, targets: [String]) throws -> WorkspaceStatus {
        var status = WorkspaceStatus()
        guard !targets.isEmpty else {
            for pointer in try workspace.pointers() { try status.add(pointer, workspace) }
            let loaded = try WorkspaceGraph.load(in: workspace)
            status.unread = loaded.unread
            for pipeline in loaded.graph.pipelines where isShown(pipeline) {
                try status.add(pipeline.stages, workspace)
            }
            return status
        }
        var files: [String] = [], stages: [ReproducePipelines.Request.Target] = []
        for target in targets {
            let isStage = try PipelineTargets.qualified(target) != nil || isStageName(target)
            if PipelineFiles.isPipeline(target) {
                files.append(try Pipeline.file(at: target))
            } else if isStage {
                stages.append(.init(typed: Paths.name(target), path: target))
            } else {
                for pointer in try covered(target, workspace) { try status.add(pointer, workspace) }
            }
        }
        for file in files { try status.add(try ReproducePipeline.load(file).stages, workspace) }
        if !stages.isEmpty {
            let named = PipelineTargets(stages, in: workspace)
            let graph = try WorkspaceGraph.load(in: workspace, asked: try named.files()).graph
            let chosen = Set(try named.positions(in: graph).joined()).sorted()
            try status.add(chosen.map { graph.stages[$0] }, workspace)
        }
        return status
    }

    /// A native pipeline that never ran is shown only to those who ask for it.
    private static func isShown(_ pipeline: Pipeline) -> Bool {
        !pipeline.isNative || Paths.exists(pipeline.lockPath)
    }

    /// Whether the pipeline where a target was typed has a stage of that name, or makes what it names.
    private static func isStageName(_ target: String) throws -> Bool {
        guard !target.hasSuffix(".dvc"), let file = try? Pipeline.file(at: Paths.parent(target)) else { return false }
        let name = Paths.name(target)
        return try ReproducePipeline.load(file).stages.contains { stage in
            stage.name == name || stage.name.hasPrefix(name + "@")
                || stage.outputs.contains { stage.absolute($0.path) == target }
        }
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

    private mutating func add(_ stages: [Stage], _ workspace: Workspace) throws {
        var locks: [String: LockFile] = [:]
        let parameters = ParameterValues()
        for stage in stages {
            let lock = try locks[stage.file] ?? workspace.lockFile("\(Paths.parent(stage.file))/dvc.lock")
            locks[stage.file] = lock
            var now: ExactMap<DataEntry> = [:]
            let status = try StageStatus.of(
                stage, locked: lock[stage.name], workspace: workspace, parameters: try parameters.of(stage),
                dependencies: &now)
            let changes = StageChanges(stage, status, lock[stage.name], workspace, now).json
            let shown = workspace.shown(stage.file)
            if !changes.isEmpty { items.append((shown == "dvc.yaml" ? stage.name : "\(shown):\(stage.name)", changes)) }
        }
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
