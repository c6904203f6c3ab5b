import Basics
import DataVersioning
import Foundation

/// What becomes of a stage that is ready: passed, restored, or begun.
extension PipelineRunner {
    /// Brings a ready stage as far as it can go at once.
    func advance(_ stage: Stage) throws -> State {
        // Without a free place nothing can start; what is up to date is passed all the same.
        try provideData(stage, isDryRun: false)
        var now: ExactMap<DataEntry> = [:]
        var status = try StageStatus.of(
            stage, lock: lock, workspace: workspace, parameters: parameters, dependencies: &now)
        if options.isForced { status.changes.insert(.forced, at: 0) }
        if let spec = stage.partitions {
            do { return try advancePartitioned(stage, spec, &status) } catch let error as StageError {
                return fail(stage, error)
            }
        }
        if status.isCurrent {
            summary.current.append(stage.name)
            report(.current(stage))
            return .done
        }
        if status.isOnlyOutputs, let locked = lock[stage.name], try restore(stage, locked.outputs) {
            summary.restored.append(stage.name)
            report(.restored(stage, status, fromRun: false))
            return .done
        }
        if stage.isFrozen {
            report(.frozen(stage, status))
            return .done
        }
        if let missing = try parameters.missing(stage).first {
            return fail(stage, problem: "found no parameter '\(missing.key)' in '\(missing.file)'")
        }
        if options.usesRunCache, !options.isForced, RunCache.isEligible(stage, workspace: workspace),
            let run = try findRun(stage, now)
        {
            // Outputs that only cost space may be had from the cache in place of a run.
            if try restore(stage, run.outputs) {
                try workspace.locked(onWait: onWait) { try record(stage, run) }
                summary.restored.append(stage.name)
                report(.restored(stage, status, fromRun: true))
                return .done
            }
        }
        guard resources.take(stage.uses) else { return .waiting }
        let begin: Begin?
        do { begin = try self.begin(stage, now) } catch let error as StageError {
            resources.giveBack(stage.uses)
            return fail(stage, error)
        }
        // Whoever was in the way may have run it meanwhile: look again.
        guard let begin, let guardFile = try claim(stage.name) else {
            begin?.hold?()
            resources.giveBack(stage.uses)
            lock = try LockFile(pipeline.lockPath)
            return try advance(stage)
        }
        report(.started(stage, status))
        begun[stage.name] = begin
        do { try clearOutputs(stage) } catch let error as StageError {
            begun.removeValue(forKey: stage.name)?.hold?()
            resources.giveBack(stage.uses)
            return fail(stage, error)
        }
        start(stage, nil, stage.commands, guardFile)
        return .running
    }

    func takeCompletions() -> [Completion] {
        completions.update { list in
            defer { list = [] }
            return list
        }
    }

    var onWait: () -> Void { { [report] in report(.waiting("another process to release the workspace")) } }

    func fail(_ stage: Stage, problem: String) -> State {
        fail(stage, StageError(stage: stage.name, status: 0, command: "", problem: problem))
    }

    func fail(_ stage: Stage, _ error: StageError) -> State {
        failures.append(error)
        report(.failed(stage, error))
        return .unusable
    }

    /// The stage's lock, after waiting for whoever holds it; nil when somebody else held it in between.
    func claim(_ name: String) throws -> StageGuard? {
        let path = "\(workspace.temporary)/hftml-run/\(Digest.md5(Array("\(pipeline.path):\(name)".utf8)))"
        if let free = try StageGuard(path) { return free }
        report(.waiting("another process, or a command that an interrupted run left behind, to finish stage '\(name)'"))
        while true {
            usleep(100_000)
            if try StageGuard(path) != nil { return nil }
        }
    }

    /// Registers the stage's paths; nil when that took waiting, so that what was decided before may no longer hold.
    func begin(_ stage: Stage, _ now: ExactMap<DataEntry>) throws -> Begin? {
        let dependencies = try stage.dependencies.map { path in
            guard let entry = now[path] else {
                throw StageError(stage: stage.name, status: 0, command: "", problem: "found no dependency '\(path)'")
            }
            return entry
        }
        // Registered in DVC's own table, so that neither tool reads what the other one writes.
        let table = workspace.pathLock("hftml repro")
        var hasWaited = false
        let hold = try table.hold(
            read: stage.dependencies.map(stage.absolute), write: stage.outputs.map { stage.absolute($0.path) },
            onWait: { [report] in
                hasWaited = true
                report(.waiting("process \($0.processID) (\($0.command)) to finish with '\($0.path)'"))
            })
        if hasWaited {
            hold()
            return nil
        }
        return Begin(dependencies: dependencies, started: Clock.monotonic(), log: nil, hold: hold)
    }

    func findRun(_ stage: Stage, _ now: ExactMap<DataEntry>) throws -> LockFile.Stage? {
        let dependencies = stage.dependencies.compactMap { now[$0] }
        guard dependencies.count == stage.dependencies.count else { return nil }
        let wanted = LockFile.Stage(
            commands: stage.commands, isList: stage.isList, dependencies: dependencies,
            parameters: try parameters.of(stage),
            outputs: stage.outputs.map { DataEntry(path: $0.path, md5: "", size: 0) })
        return try runCache.find(wanted)
    }
}
