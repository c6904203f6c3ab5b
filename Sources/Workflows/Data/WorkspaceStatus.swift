package import Basics
package import DataVersioning
import Pipelines

/// A workspace in; what changed since it was recorded, out, in the shape of `dvc status --json`.
package struct WorkspaceStatus {
    private var items: [(name: String, changes: [JSONValue])] = []
    /// Files of the workspace that cannot be read, and why: nothing is known of what they name.
    package private(set) var unread: [(file: String, problem: String)] = []
    /// What could not be read or looked at; everything else was.
    package private(set) var problems: [PathProblem] = []

    /// Whether everything was looked at and stands as recorded.
    package var isClean: Bool { items.isEmpty && unread.isEmpty && problems.isEmpty }
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
            try status.addData([], workspace)
            let loaded = try WorkspaceGraph.load(in: workspace)
            // What is among the problems already is told once.
            let told = ExactSet(status.problems.map(\.path))
            status.unread = loaded.unread.filter { !told.contains($0.file) && !told.contains(workspace.shown($0.file)) }
            for pipeline in loaded.graph.pipelines where isShown(pipeline) {
                try status.add(pipeline.stages, workspace)
            }
            return status
        }
        var data: [String] = [], files: [String] = [], stages: [ReproducePipelines.Request.Target] = []
        for target in targets {
            let isStage = try PipelineTargets.qualified(target) != nil || isStageName(target)
            if PipelineFiles.isPipeline(target) {
                files.append(try Pipeline.file(at: target))
            } else if isStage {
                stages.append(.init(typed: Paths.name(target), path: target))
            } else {
                data.append(target)
            }
        }
        if !data.isEmpty { try status.addData(data, workspace) }
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

    /// - Parameter targets: pointers, data, directories and parts of them; everything when empty.
    private mutating func addData(_ targets: [String], _ workspace: Workspace) throws {
        let tracked = try workspace.tracked(targets)
        problems += tracked.unreadable.map(\.problem)
        try add(tracked.data.filter { $0.stage == nil }, workspace)
    }

    /// Data behind pointers, a pointer after the other.
    private mutating func add(_ data: [TrackedData], _ workspace: Workspace) throws {
        // Without Git nothing is settled; recording says why it cannot be read.
        let git = (try? GitRepository.around(workspace.root)) ?? nil
        var holders: [ExactText: [TrackedData]] = [:]
        for item in data { holders[ExactText(item.holder), default: []].append(item) }
        for (holder, items) in holders.sorted(by: { $0.key < $1.key }) {
            var outs: [(String, JSONValue)] = [], changes: [JSONValue] = []
            for item in items {
                do {
                    let state = try workspace.state(of: item)
                    // Data by partition is pulled by partition: what is not here was not changed.
                    let isPart = try state == .modified && PartitionedData(item.entry) != nil && workspace.isPart(item)
                    if state != .unchanged {
                        outs.append((item.meant, .string(isPart ? "partial" : state.rawValue)))
                    }
                } catch { problems.append(PathProblem(item.meant, error)) }
            }
            if !outs.isEmpty { changes.append(.map([("changed outs", .map(outs))])) }
            if items.contains(where: { $0.isImport && $0.part == nil }) {
                let pointer = try workspace.pointer(at: "\(workspace.root)/\(holder.text)")
                if let sum = pointer.document[key: "md5"]?.stringValue, sum != PointerFile.checksum(pointer.node) {
                    changes.append(.string("changed checksum"))
                }
            }
            if !items.contains(where: { $0.part != nil }), holder.text.hasSuffix(".dvc") {
                do {
                    let pointer = try workspace.pointer(at: "\(workspace.root)/\(holder.text)")
                    if let text = try workspace.unsettledChange(of: pointer, git) { changes.append(.string(text)) }
                } catch { problems.append(PathProblem(holder.text, error)) }
            }
            if !changes.isEmpty { self.items.append((holder.text, changes)) }
        }
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
