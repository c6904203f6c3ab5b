import Basics
package import DataVersioning
import Pipelines

/// A workspace in; pointers and locks that record what stands in it out.
package enum CommitData {
    /// Records every pointer, and every stage that ran before, whose data differs from what it says, or is not in the
    /// cache. Data that is gone from the workspace is left as recorded.
    ///
    /// - Parameter targets: pointers or data, stages, `FILE:stage`, or what stages make; everything of the workspace
    ///   when empty.
    /// - Returns: what changed; empty when everything was recorded already.
    /// - Throws: ``Failure`` with code `data.unknown-target`; for a stage that is named, what keeps it from being
    ///   recorded.
    package static func run(
        _ targets: [String] = [], in workspace: Workspace, progress: TransferProgress? = nil,
        onWait: (String) -> Void = { _ in }
    ) throws -> [RecordedData] {
        // Recorded is what can be read; the files that cannot are named at the end.
        var pointers: [PointerFile] = [], stages: [Stage] = [], unreadable: [UnreadableFile] = []
        if targets.isEmpty {
            (pointers, unreadable) = try workspace.readPointers()
            let loaded = try WorkspaceGraph.load(in: workspace), graph = loaded.graph
            // Pointers were read above.
            unreadable += loaded.unreadable.filter { !$0.path.hasSuffix(".dvc") }
            stages = try graph.stages.filter { try StageCommit.isChanged($0, in: workspace) }
        }
        for target in targets {
            if let found = try named(target, in: workspace) {
                stages += found
            } else {
                pointers.append(try workspace.pointer(named: target))
            }
        }
        let git = try GitRepository.around(workspace.root)
        let changed = try pointers.filter { try isChanged($0, workspace, git) }
        let paths =
            changed.flatMap { pointer in pointer.entries.map { pointer.dataPath($0) } }
            + stages.flatMap { stage in stage.outputs.map { stage.absolute($0.path) } }
        let done = try workspace.changing(paths, command: "hftml commit", onWait: onWait) {
            try changed.map { old in
                let pointer = try workspace.commit(old, progress: progress)
                return RecordedData(
                    pointer,
                    dropped: workspace.dropped(from: old.entry, to: pointer.entry, at: workspace.shown(pointer.path)))
            }
                + stages.flatMap { stage in
                    let lock = "\(Paths.parent(stage.file))/dvc.lock"
                    return try StageCommit.record(stage, in: workspace).map { RecordedData(lock, $0) }
                }
        }
        try workspace.hashes.save()
        if let first = unreadable.first { throw first.failure }
        return done
    }

    /// The stages that a target names; nil where it is a pointer or its data.
    private static func named(_ target: String, in workspace: Workspace) throws -> [Stage]? {
        let pointer = target.hasSuffix(".dvc") ? target : target + ".dvc"
        if Paths.exists(pointer) { return nil }
        let targets = PipelineTargets([.init(typed: Paths.name(target), path: target)], in: workspace)
        do {
            let graph = try WorkspaceGraph.load(in: workspace, asked: try targets.files()).graph
            return try targets.positions(in: graph).joined().map { graph.stages[$0] }
        } catch let error as Failure where error.code == "pipeline.missing" {
            return nil
        }
    }

    /// Whether any output of a pointer stands in the workspace with a content that pointer or cache do not have,
    /// or the pointer changes closed days without a reason, which recording refuses.
    private static func isChanged(_ pointer: PointerFile, _ workspace: Workspace, _ git: GitRepository?) throws -> Bool
    {
        guard pointer.entries.allSatisfy({ Paths.exists(pointer.dataPath($0)) }) else { return false }
        if try workspace.unsettledChange(of: pointer, git) != nil { return true }
        return try pointer.entries.contains {
            [.modified, .new, .notInCache].contains(try workspace.state(of: $0, at: pointer.dataPath($0)))
        }
    }
}
