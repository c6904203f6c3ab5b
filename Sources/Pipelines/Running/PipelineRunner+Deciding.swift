import Basics
import DataVersioning
import Foundation

/// What becomes of a stage that is ready: passed, restored, or begun.
extension PipelineRunner {
    /// Brings a ready stage as far as it can go at once.
    func advance(_ index: Int) throws -> State {
        let stage = graph.stages[index]
        // Without a free place nothing can start; what is up to date is passed all the same.
        try provideData(stage)
        var now: ExactMap<DataEntry> = [:]
        let values = try parameters.of(stage)
        var status = try StageStatus.of(
            stage, locked: locked(stage), partitions: partitions[stage.file], workspace: workspace, parameters: values,
            dependencies: &now)
        if options.isForced { status.changes.insert(.forced, at: 0) }
        if let spec = stage.partitions {
            do { return try advancePartitioned(index, spec, &status, values) } catch let error as StageError {
                return fail(stage, error)
            }
        }
        if status.isCurrent {
            guard let missing = missingRecord(index) else {
                summary.add(stage, .current)
                report(.current(stage))
                return .done
            }
            status.changes.append(missing)
        }
        // An output that persists is read by the command that writes it, so a run is not the same as its result.
        if status.isOnlyOutputs, !stage.outputs.contains(where: \.persists), let locked = locked(stage),
            try restore(stage, locked.outputs)
        {
            guard let missing = missingRecord(index) else {
                summary.add(stage, .restored)
                report(.restored(stage, status, fromRun: false))
                return .done
            }
            status.changes = [missing]
        }
        if stage.isFrozen {
            summary.add(stage, .frozen)
            report(.frozen(stage, status))
            return .done
        }
        if let error = try checkParameters(stage) { return fail(stage, error) }
        let isOnRecord = !status.changes.contains { if case .notOnRecord = $0 { true } else { false } }
        if isOnRecord, options.usesRunCache, !options.isForced, RunCache.isEligible(stage, workspace: workspace),
            let run = try findRun(stage, now, values)
        {
            // Outputs that only cost space may be had from the cache in place of a run.
            if try restore(stage, run.outputs) {
                if let missing = missingRecord(index) {
                    status.changes.append(missing)
                    return try startUnlessAbsent(index, status, now, values)
                }
                try workspace.locked(onWait: onWait) { try record(stage, run) }
                summary.add(stage, .restored)
                report(.restored(stage, status, fromRun: true))
                return .done
            }
        }
        return try startUnlessAbsent(index, status, now, values)
    }

    /// Begins a stage, unless some partition that it reads as a whole is missing.
    private func startUnlessAbsent(
        _ index: Int, _ status: StageStatus, _ now: ExactMap<DataEntry>, _ values: [JSONValue.Entry]
    ) throws -> State {
        let stage = graph.stages[index], absent = try absentPartitions(stage)
        if let error = absent.error(stage) {
            guard options.partitions != nil else { return fail(stage, error) }
            summary.add(stage, .leftOut)
            report(.leftOut(stage))
            return .leftOut
        }
        return try startWhole(index, status, now, values)
    }

    /// Begins a stage that runs as a whole, if there is a place for it.
    private func startWhole(
        _ index: Int, _ status: StageStatus, _ now: ExactMap<DataEntry>, _ values: [JSONValue.Entry]
    ) throws -> State {
        let stage = graph.stages[index]
        guard resources.take(stage.uses) else { return .waiting }
        let begin: Begin?
        do { begin = try self.begin(stage, now, values) } catch let error as StageError {
            resources.giveBack(stage.uses)
            return fail(stage, error)
        }
        // Whoever was in the way may have run it meanwhile: look again.
        guard let begin, let guardFile = try claim(stage) else {
            begin?.hold?()
            resources.giveBack(stage.uses)
            if commands.ending != nil { return .waiting }
            try readLocks(stage.file)
            return try advance(index)
        }
        report(.started(stage, status))
        begun[index] = begin
        do { try clearOutputs(stage) } catch let error as StageError {
            begun.removeValue(forKey: index)?.hold?()
            resources.giveBack(stage.uses)
            return fail(stage, error)
        }
        start(index, nil, stage.commands, guardFile)
        return .running
    }

    /// What is wrong with the parameters of a stage that is about to run.
    private func checkParameters(_ stage: Stage) throws -> StageError? {
        guard stage.pinned == nil else { return nil }
        if let file = parameters.missingFile(stage) {
            return StageError(
                stage, "found no parameter file '\(file)'", advice: "make it, or take it out of the stage's params")
        }
        if let missing = try parameters.missing(stage).first {
            return StageError(stage, "found no parameter '\(missing.key)' in '\(missing.file)'")
        }
        guard let pipeline = graph.pipelines.first(where: { $0.path == stage.file }) else { return nil }
        let file = "\(pipeline.directory)/params.yaml"
        // The command was made from the values of when this run began.
        for key in stage.interpolated {
            let old = pipeline.parameters[path: key], new = try parameters.file(file)[path: key]
            guard let old, old != new else { continue }
            return StageError(
                stage,
                "found '\(key)' changed in '\(workspace.shown(file))' since this run began, and its command has the "
                    + "earlier value", advice: "run the same command again, which takes the value of then")
        }
        return nil
    }

    func takeCompletions() -> [Completion] {
        completions.update { list in
            defer { list = [] }
            return list
        }
    }

    var onWait: () -> Void { { [report] in report(.waiting("another process to release the workspace")) } }

    func fail(_ stage: Stage, _ error: StageError) -> State {
        summary.add(stage, .failed(error))
        report(.failed(stage, error))
        return .unusable
    }

    /// The stage's lock, after waiting for whoever holds it; nil when somebody else held it in between, or when the run
    /// is to end.
    func claim(_ stage: Stage) throws -> StageGuard? {
        let path = guardPath(stage)
        if let free = try StageGuard(path) { return free }
        var told: [StageGuard.Holder] = []
        while commands.ending == nil {
            let holders = StageGuard.holders(of: path)
            if holders != told || told.isEmpty {
                report(.waiting(StageGuard.sentence(holders, stage.label)))
                told = holders
            }
            usleep(100_000)
            if try StageGuard(path) != nil { return nil }
        }
        return nil
    }

    func guardPath(_ stage: Stage) -> String {
        "\(workspace.temporary)/hftml-run/\(Digest.md5(Array("\(stage.file):\(stage.name)".utf8)))"
    }

    /// Registers the stage's paths; nil when that took waiting, so that what was decided before may no longer hold.
    func begin(_ stage: Stage, _ now: ExactMap<DataEntry>, _ values: [JSONValue.Entry]) throws -> Begin? {
        let dependencies = try stage.dependencies.map { path in
            guard let entry = now[path] else { throw StageError(stage, "found no dependency '\(path)'") }
            return entry
        }
        // Registered in DVC's own table, so that neither tool reads what the other one writes.
        let table = workspace.pathLock("hftml repro")
        var hasWaited = false
        let hold = try table.hold(
            read: stage.dependencies.map(stage.absolute), write: stage.outputs.map { stage.absolute($0.path) },
            onWait: { [report] in
                hasWaited = true
                report(
                    .waiting(
                        "process \($0.processID) (\($0.command)) to finish with '\($0.path)'; end it with: "
                            + "kill \($0.processID)"))
            })
        if hasWaited {
            hold()
            return nil
        }
        return Begin(
            dependencies: dependencies, parameters: values, started: Clock.monotonic(), log: nil, hold: hold)
    }

    func findRun(_ stage: Stage, _ now: ExactMap<DataEntry>, _ values: [JSONValue.Entry]) throws -> LockFile.Stage? {
        let dependencies = stage.dependencies.compactMap { now[$0] }
        guard dependencies.count == stage.dependencies.count else { return nil }
        let wanted = LockFile.Stage(
            commands: stage.commands, isList: stage.isList, dependencies: dependencies, parameters: values,
            outputs: stage.outputs.map { DataEntry(path: $0.path, md5: "", size: 0) })
        return try runCache.find(wanted)
    }
}

extension PipelineRunner.StageError {
    /// A stage that did not come to the end of its commands.
    init(_ stage: Stage, _ problem: String, advice: String? = nil) {
        self.init(stage: stage.label, status: 0, command: "", problem: problem, advice: advice)
    }
}
