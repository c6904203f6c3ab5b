import Basics
import DataVersioning
import Pipelines

/// What pointers and stages put under version control, with what only pipelines say of it: where a stage works, and
/// what it keeps out of the cache or out of remotes.
enum TrackedOutputs {
    /// - Parameter targets: pointers, data, directories, and parts of tracked directories; all when empty.
    /// - Parameter partitions: which partitions of directories; data without partitions is then not meant.
    /// - Throws: ``Failure`` with code `data.unknown-target`, and as `limited(to:isNamed:)`.
    static func of(_ targets: [String] = [], partitions: PartitionFilter? = nil, in workspace: Workspace) throws
        -> Workspace.Tracked
    {
        let all = try of(targets, in: workspace)
        return try partitions.map { try all.limited(to: $0, isNamed: !targets.isEmpty) } ?? all
    }

    private static func of(_ targets: [String], in workspace: Workspace) throws -> Workspace.Tracked {
        var all = try workspace.tracked()
        if all.data.contains(where: { $0.stage != nil }) { try place(&all, workspace) }
        all.data = all.data.filter(\.entry.isCached)
        return targets.isEmpty ? all : try workspace.limited(all, to: targets)
    }

    private static func place(_ all: inout Workspace.Tracked, _ workspace: Workspace) throws {
        var outputs: [ExactText: (path: String, output: Stage.Output)] = [:]
        for file in try PipelineFiles.all(in: workspace) {
            do {
                let pipeline = try ReproducePipeline.load(file)
                let holder = workspace.shown(pipeline.lockPath)
                for stage in pipeline.stages {
                    for output in stage.outputs {
                        outputs[key(holder, stage.name, output.path)] = (
                            workspace.shown(stage.absolute(output.path)), output
                        )
                    }
                }
            } catch { all.unreadable.append(UnreadableFile(workspace.shown(file), error)) }
        }
        all.data = all.data.compactMap { item in
            guard let stage = item.stage else { return item }
            // A lock may still name outputs that no stage makes any more.
            guard let (path, output) = outputs[key(item.holder, stage, item.entry.path)], output.isCached else {
                return nil
            }
            var item = item
            item.path = path
            item.entry.isPushed = output.isPushed
            item.entry.remote = output.remote
            return item
        }
    }

    private static func key(_ holder: String, _ stage: String, _ path: String) -> ExactText {
        ExactText("\(holder)\0\(stage)\0\(path)")
    }
}
