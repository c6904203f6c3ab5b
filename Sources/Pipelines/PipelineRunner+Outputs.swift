import Basics
import DataVersioning
import Foundation

extension PipelineRunner {
    /// Brings data behind pointers into the workspace: from the cache, a remote, or from its recipe.
    func provideData(_ stage: Stage, isDryRun: Bool) throws {
        for dependency in stage.dependencies {
            let path = stage.absolute(dependency)
            if Paths.exists(path) { continue }
            guard let pointer = try workspace.pointer(covering: path) else {
                let isMade = pipeline.stages.contains { maker in
                    maker.outputs.contains {
                        StageGraph.covers(maker.absolute($0.path), path)
                            || StageGraph.covers(path, maker.absolute($0.path))
                    }
                }
                if isMade || lock[stage.name] != nil { continue }
                throw ConfigError(
                    "found no '\(dependency)', which stage '\(stage.name)' reads", at: stage.mark,
                    code: "pipeline.missing-input", hint: "check the path, or fetch the data first")
            }
            if isDryRun { continue }
            if options.isPulling, !workspace.isCached(pointer.entry) {
                _ = try workspace.fetch(try workspace.trackedData([pointer.path]))
            }
            if workspace.isCached(pointer.entry) {
                try workspace.checkOut(pointer.entry, to: pointer.dataPath)
            } else if try makeData(pointer) {
                guard let made = try workspace.ingest(pointer.dataPath, shownAs: pointer.entry.path),
                    made.md5 == pointer.entry.md5
                else {
                    throw Failure(
                        "data.recipe", "the recipe of '\(pointer.path)' made other data than the pointer names",
                        hint: "the recipe's inputs changed since; add the data anew with: hftml add")
                }
                report(.made(pointer.dataPath))
            } else {
                throw ObjectStore.StoreError.missing(md5: pointer.entry.md5, path: pointer.dataPath)
            }
        }
    }

    /// Brings outputs back from the cache, if all of them are there.
    func restore(_ stage: Stage, _ entries: [DataEntry]) throws -> Bool {
        let wanted = entries.filter { entry in stage.outputs.contains { $0.path.isExactly(entry.path) } }
        guard wanted.count == stage.outputs.count else { return false }
        if options.isPulling, !wanted.allSatisfy({ workspace.isCached($0) }) {
            let lockPath = workspace.shown(pipeline.lockPath)
            _ = try? workspace.fetch(
                wanted.map { TrackedData(path: workspace.shown(stage.absolute($0.path)), entry: $0, holder: lockPath) })
        }
        guard wanted.allSatisfy({ workspace.isCached($0) }) else { return false }
        do {
            for entry in wanted { try workspace.checkOut(entry, to: stage.absolute(entry.path), isForced: true) }
        } catch let error as ObjectStore.StoreError {
            // A damaged object is not used; the stage can make its outputs again.
            report(.recovered(stage, error.message))
            return false
        }
        return true
    }

    func clearOutputs(_ stage: Stage) throws {
        repository = try repository ?? GitRepository.around(workspace.root)
        for output in stage.outputs {
            let path = stage.absolute(output.path)
            func refuse(_ problem: String) -> StageError {
                StageError(stage: stage.name, status: 0, command: "", problem: problem)
            }
            // A stage may only ever delete what its pipeline could have made.
            do { try workspace.checkInside(path) } catch {
                throw refuse("found the output '\(output.path)' outside the workspace")
            }
            if tracked == nil { tracked = repository?.indexedFiles() }
            if tracked?.contains(path) == true, output.isCached {
                throw refuse("found the output '\(output.path)' tracked by Git; a run would delete it")
            }
            // Data that a pointer names is never an output.
            if let pointer = try? workspace.pointer(covering: path) {
                throw refuse("found the output '\(output.path)' inside the data of '\(workspace.shown(pointer.path))'")
            }
            if output.persists {
                if Paths.exists(path) { try workspace.unprotect(path) }
            } else {
                try Paths.remove(path)
            }
            try Paths.makeDirectory(Paths.parent(path))
        }
    }

    /// - Parameter dependencies: as they were before the command ran, so that an edit meanwhile makes the stage stale.
    func recordRun(_ stage: Stage, dependencies: [DataEntry]) throws {
        let isCachingAll = RunCache.isEligible(stage, workspace: workspace) && options.usesRunCache
        let outputs = try stage.outputs.map { output in
            let path = stage.absolute(output.path)
            // DVC keeps small uncached outputs of a run too, so that the run can be restored.
            let entry =
                try output.isCached || isCachingAll
                ? workspace.ingest(path, shownAs: output.path) : workspace.entry(path, shownAs: output.path)
            guard let entry else {
                throw StageError(
                    stage: stage.name, status: 0, command: "",
                    problem: "found no output after its command: '\(output.path)'")
            }
            return entry
        }
        let run = LockFile.Stage(
            commands: stage.commands, isList: stage.isList, dependencies: dependencies,
            parameters: try parameters.of(stage), outputs: outputs)
        if isCachingAll { try runCache.save(run) }
        try record(stage, run)
    }

    func record(_ stage: Stage, _ run: LockFile.Stage) throws {
        repository = try repository ?? GitRepository.around(workspace.root)
        if let repository {
            for output in stage.outputs where output.isCached {
                let path = stage.absolute(output.path)
                if !repository.ignores(path) { try GitIgnore.add(Paths.name(path), in: Paths.parent(path)) }
            }
        }
        try lock.record(stage.name, run)
    }
}
