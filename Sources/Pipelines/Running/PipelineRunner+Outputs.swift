import Basics
import DataVersioning
import Foundation

extension PipelineRunner {
    /// Brings data behind pointers into the workspace: from the cache, a remote, or from its recipe.
    func provideData(_ stage: Stage) throws {
        for dependency in stage.dependencies {
            let path = stage.absolute(dependency)
            if Paths.exists(path) { continue }
            guard let pointer = try workspace.pointer(covering: path),
                let entry = pointer.entries.first(where: { path.isAtOrBelow(pointer.dataPath($0)) })
            else {
                if !graph.makers(touching: path).isEmpty || locked(stage) != nil { continue }
                throw missingInput(dependency, stage)
            }
            let data = pointer.dataPath(entry)
            let noRemote = try options.isPulling && !workspace.isCached(entry) ? pull(pointer) : nil
            if workspace.isCached(entry) {
                try workspace.checkOut(entry, to: data)
            } else if try makes(entry, pointer) {
                report(.made(data))
            } else {
                throw noRemote ?? ObjectStore.StoreError.missing(md5: entry.md5, path: data)
            }
        }
    }

    /// Fetches what a pointer names.
    ///
    /// - Returns: that the workspace names no remote. Data with a recipe need none.
    private func pull(_ pointer: PointerFile) throws -> (any Error)? {
        do {
            _ = try workspace.fetch(try workspace.trackedData([pointer.path]))
            return nil
        } catch let failure as Failure where failure.code == "remote.none" { return failure }
    }

    /// Makes data from its recipe, beside its place: what a killed process leaves half made, and what is other data
    /// than the pointer names, never stands where stages read it.
    ///
    /// - Returns: whether there is a recipe.
    private func makes(_ entry: DataEntry, _ pointer: PointerFile) throws -> Bool {
        let data = pointer.dataPath(entry)
        try workspace.checkInside(data)
        let directory = Paths.parent(data), prefix = ".\(Paths.name(data)).tmp-"
        // What killed processes have left.
        for name in Paths.isDirectory(directory) ? try Paths.entries(directory) : [] where name.hasPrefix(prefix) {
            if let owner = pid_t(name.dropFirst(prefix.count)), owner > 0, kill(owner, 0) != 0, errno == ESRCH {
                try Paths.remove("\(directory)/\(name)")
            }
        }
        let aside = "\(directory)/\(prefix)\(getpid())"
        try Paths.remove(aside)
        defer { try? Paths.remove(aside) }
        guard try makeData(pointer, entry, aside) else { return false }
        guard let made = try workspace.ingest(aside, shownAs: entry.path), made.md5 == entry.md5 else {
            throw Failure(
                "data.recipe",
                "the recipe of '\(workspace.shown(pointer.path))' made other data than the pointer names",
                hint: "the recipe's inputs changed since; restore them, or make the data and record it anew: hftml "
                    + "simulate, hftml add")
        }
        guard rename(aside, data) == 0 else { throw FileError("rename to", data) }
        return true
    }

    /// A parameter given on the command line is a path as the pipeline sees it, which is easily mistaken.
    func missingInput(_ dependency: String, _ stage: Stage) -> ConfigError {
        var hint = "check the path, or fetch the data first"
        let isGiven = graph.pipelines.contains { $0.path == stage.file && !$0.overridden.isEmpty }
        if isGiven, !dependency.hasPrefix("/") {
            hint = "a path after --set starts from '\(workspace.shown(stage.directory))', where the pipeline is"
            let here = Paths.absolute(dependency)
            if Paths.exists(here) { hint += ": give '\(Paths.relative(here, to: stage.directory))'" }
        }
        return ConfigError(
            "found no '\(dependency)', which stage '\(stage.label)' reads", at: stage.mark,
            code: "pipeline.missing-input", hint: hint)
    }

    /// Addresses of objects elsewhere are not read here; saying so beats a path that no machine has.
    static func checkForeign(_ stage: Stage) throws {
        guard let item = stage.foreign.first else { return }
        throw foreign(item, stage)
    }

    static func foreign(_ item: Stage.ForeignPath, _ stage: Stage) -> ConfigError {
        ConfigError(
            "found '\(item.path)' as \(item.isOutput ? "output" : "dependency") of stage '\(stage.label)', expected a "
                + "path of this machine: hftml does not follow addresses in stages",
            at: item.mark ?? stage.mark, code: "pipeline.foreign",
            hint: item.isOutput
                ? "write to a path of the workspace, and hftml push it"
                : "import it as data of its own, and read that: hftml import-url \(item.path)")
    }

    /// Brings outputs back from the cache, if all of them are there.
    func restore(_ stage: Stage, _ entries: [DataEntry]) throws -> Bool {
        let wanted = entries.filter { entry in stage.outputs.contains { $0.path.isExactly(entry.path) } }
        guard wanted.count == stage.outputs.count else { return false }
        if options.isPulling, !wanted.allSatisfy({ workspace.isCached($0) }) {
            let lockPath = workspace.shown("\(Paths.parent(stage.file))/dvc.lock")
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
            func refuse(_ problem: String) -> StageError { StageError(stage, problem) }
            // A stage may only ever delete what its pipeline could have made.
            do { try workspace.checkInside(path) } catch {
                throw refuse("found the output '\(output.path)' outside the workspace")
            }
            if tracked == nil { tracked = try repository?.indexedFiles() }
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

    /// Records a stage whose commands have ended well.
    ///
    /// What it reads is looked at again: where that changed while the commands ran, nobody knows which of the two they
    /// saw, and any record would be a guess that the lock and the run cache repeat as a fact.
    ///
    /// - Returns: why nothing is recorded; nil when the run is.
    /// - Throws: ``StageError`` for a missing output, and for parameters that changed.
    func recordRun(_ stage: Stage, _ begin: Begin?, seconds: Double) throws -> String? {
        let isCachingAll = RunCache.isEligible(stage, workspace: workspace) && options.usesRunCache
        let outputs = try stage.outputs.map { output in
            let path = stage.absolute(output.path)
            // DVC keeps small uncached outputs of a run too, so that the run can be restored.
            let entry =
                try output.isCached || isCachingAll
                ? workspace.ingest(path, shownAs: output.path) : workspace.entry(path, shownAs: output.path)
            guard let entry else { throw StageError(stage, "found no output after its command: '\(output.path)'") }
            return entry
        }
        let before = begin?.dependencies ?? [], values = begin?.parameters ?? []
        let read = before.reduce(0) { $0 &+ max(0, $1.size) }, written = outputs.reduce(0) { $0 &+ max(0, $1.size) }
        // Of a partitioned stage, what one partition took.
        let parts = begin?.partitions ?? 1
        if parts > 0 { costs.record(stage, seconds: seconds / Double(parts), bytes: (read &+ written) / parts) }
        if let change = try parameterChange(stage, values) {
            throw StageError(
                stage, "\(change) while it ran; its outputs stay, and nothing is recorded of this run",
                advice: "run the same command again, which takes the values of then")
        }
        if let path = try dependencyChange(stage, before) {
            return "'\(path)' changed while it ran; its outputs stay, nothing is recorded, and it runs again next time"
        }
        let run = LockFile.Stage(
            commands: stage.commands, isList: stage.isList, dependencies: before, parameters: values, outputs: outputs)
        if isCachingAll { try runCache.save(run) }
        try record(stage, run)
        return nil
    }

    private func parameterChange(_ stage: Stage, _ before: [JSONValue.Entry]) throws -> String? {
        if stage.pinned != nil { return nil }
        let changes = StageStatus.parameterChanges(old: before, new: try parameters.of(stage))
        guard case .parameter(let file, let key, let old, let new)? = changes.first else { return nil }
        return "'\(key)' in '\(workspace.shown(stage.absolute(file)))' changed "
            + "(\(old ?? "nothing") → \(new ?? "nothing"))"
    }

    private func dependencyChange(_ stage: Stage, _ before: [DataEntry]) throws -> String? {
        // What a partition itself reads was looked at when it was recorded.
        for entry in stage.partitions == nil ? before : Array(before.dropFirst()) {
            let now = try workspace.entry(stage.absolute(entry.path), shownAs: entry.path, isLegacy: entry.isLegacy)
            if now?.md5 != entry.md5 { return entry.path }
        }
        return nil
    }

    func record(_ stage: Stage, _ run: LockFile.Stage) throws {
        repository = try repository ?? GitRepository.around(workspace.root)
        if let repository {
            for output in stage.outputs where output.isCached {
                let path = stage.absolute(output.path)
                if !repository.ignores(path) { try GitIgnore.add(Paths.name(path), in: Paths.parent(path)) }
            }
        }
        try locks[stage.file]?.record(stage.name, run)
    }
}
