import Basics
package import DataVersioning

/// Records stages as they stand, without running them: what `dvc commit` does after an edit that changes nothing.
package enum StageCommit {
    /// Whether an output stands otherwise than its lock says, or is not in the cache, or the stage has no record.
    package static func isChanged(_ stage: Stage, in workspace: Workspace) throws -> Bool {
        guard stage.partitions == nil else { return false }
        let lock = try workspace.lockFile("\(Paths.parent(stage.file))/dvc.lock")
        guard let locked = lock[stage.name] else { return false }
        return try stage.outputs.contains { output in
            let path = stage.absolute(output.path)
            guard Paths.exists(path), let old = locked.outputs.first(where: { $0.path.isExactly(output.path) }) else {
                return false
            }
            let new = try workspace.entry(path, shownAs: output.path, isLegacy: old.isLegacy)
            return new?.md5 != old.md5 || (output.isCached && !workspace.isCached(old))
        }
    }

    /// Puts the outputs of a stage into the cache, and command, inputs, parameters and outputs of now into its lock.
    /// Under the repository lock.
    ///
    /// - Returns: the recorded outputs.
    /// - Throws: ``PipelineRunner/StageError`` for what is missing, and for a stage of partitions.
    package static func record(_ stage: Stage, in workspace: Workspace) throws -> [DataEntry] {
        guard stage.partitions == nil else {
            throw PipelineRunner.StageError(
                stage, "found a stage of partitions, which only a run records",
                advice: "run it: hftml repro '\(workspace.shown(stage.file)):\(stage.name)'")
        }
        try PipelineRunner.checkForeign(stage)
        let dependencies = try stage.dependencies.map { path in
            guard let entry = try workspace.entry(stage.absolute(path), shownAs: path) else {
                throw PipelineRunner.StageError(stage, "found no dependency '\(path)'")
            }
            return entry
        }
        let values = ParameterValues()
        if let file = values.missingFile(stage) {
            throw PipelineRunner.StageError(stage, "found no parameter file '\(file)'")
        }
        if let missing = try values.missing(stage).first {
            throw PipelineRunner.StageError(stage, "found no parameter '\(missing.key)' in '\(missing.file)'")
        }
        let outputs = try stage.outputs.map { output in
            let path = stage.absolute(output.path)
            try workspace.checkInside(path)
            let entry =
                try output.isCached
                ? workspace.ingest(path, shownAs: output.path) : workspace.entry(path, shownAs: output.path)
            guard let entry else { throw PipelineRunner.StageError(stage, "found no output '\(output.path)'") }
            return entry
        }
        if let repository = try GitRepository.around(workspace.root) {
            for output in stage.outputs where output.isCached {
                let path = stage.absolute(output.path)
                if !repository.ignores(path) { try GitIgnore.add(Paths.name(path), in: Paths.parent(path)) }
            }
        }
        var lock = try LockFile("\(Paths.parent(stage.file))/dvc.lock")
        try lock.record(
            stage.name,
            LockFile.Stage(
                commands: stage.commands, isList: stage.isList, dependencies: dependencies,
                parameters: try values.of(stage), outputs: outputs))
        return outputs
    }
}
