import Basics
import DataVersioning
import Foundation

/// A partitioned stage under way.
struct PartitionedRun {
    var stage: Stage
    var pending: [PartitionSpec.Instance]
    var inputMD5s: [String: String]
    var recipe: String
    /// What all partitions read, as it was before the first one.
    var shared: [DataEntry]
    var total: Int
    var running = 0
    var done = 0
    var error: PipelineRunner.StageError?
    var guardFile: StageGuard
    /// Inputs that exist now.
    var inputs: Set<String>
    /// What the partitions of these inputs make, absolute.
    var wanted: ExactSet
    /// How many partitions must run and were not asked for; nil where the stage is done as a whole.
    var left: Int?
    /// Inputs that changed while their commands ran.
    var changed: [String] = []
}

extension PipelineRunner {
    /// For a dry run: replaces what differs in the directories as wholes by what differs in partitions.
    ///
    /// - Returns: how many would run, and the recorded inputs that would keep a run from being one of the whole.
    func describePartitions(_ index: Int, _ spec: PartitionSpec, _ status: inout StageStatus) throws -> (
        runs: Int, absent: RecordedInputs
    ) {
        let stage = graph.stages[index], isForced = status.changes.contains(.forced)
        let plan = try partitionPlan(index, spec, try parameters.of(stage))
        let names = plan.stale.prefix(3).map(\.stem).joined(separator: ", ") + (plan.stale.count > 3 ? ", …" : "")
        let isCurrent = plan.stale.isEmpty && plan.gone.isEmpty && plan.left == 0 && locked(stage) != nil && !isForced
        status.changes = isCurrent ? [] : [.partitions(plan.summary + (names.isEmpty ? "" : ": " + names))]
        return (plan.stale.count, plan.absent)
    }

    func advancePartitioned(
        _ index: Int, _ spec: PartitionSpec, _ status: inout StageStatus, _ values: [JSONValue.Entry]
    ) throws -> State {
        let stage = graph.stages[index]
        if status.isCurrent, !stage.alwaysRuns {
            summary.add(stage, .current)
            report(.current(stage))
            return isAfterPart(index) ? .part : .done
        }
        if stage.isFrozen {
            if status.isOnlyOutputs, let locked = locked(stage), try restore(stage, locked.outputs) {
                summary.add(stage, .restored)
                report(.restored(stage, status, fromRun: false))
            } else {
                summary.add(stage, .frozen)
                report(.frozen(stage, status))
            }
            return .done
        }
        let plan = try partitionPlan(index, spec, values)
        if options.partitions == nil, let error = plan.absent.error(stage) { throw error }
        status.changes = [.partitions(plan.summary)]
        var now: ExactMap<DataEntry> = [:]
        for dependency in stage.dependencies {
            now[dependency] =
                try plan.shared.first { $0.path.isExactly(dependency) }
                ?? workspace.entry(stage.absolute(dependency), shownAs: dependency)
        }
        let begin = try begin(stage, now, values)
        guard let begin, let guardFile = try claim(stage) else {
            begin?.hold?()
            if commands.ending != nil { return .waiting }
            try readLocks(stage.file)
            return try advancePartitioned(index, spec, &status, values)
        }
        report(.started(stage, status))
        begun[index] = begin
        begun[index]?.partitions = plan.stale.count
        for output in stage.outputs { try Paths.makeDirectory(stage.absolute(output.path)) }
        partitioned[index] = PartitionedRun(
            stage: stage, pending: plan.stale.reversed(), inputMD5s: plan.inputs, recipe: plan.recipe,
            shared: plan.shared, total: plan.stale.count, guardFile: guardFile, inputs: Set(plan.all.map(\.input)),
            wanted: ExactSet(plan.all.flatMap(\.outputs).map(stage.absolute)),
            left: plan.isPart || isAfterPart(index) ? plan.left : nil)
        if plan.stale.isEmpty { complete(index) }
        return .running
    }

    /// Starts as many waiting partitions as there are places.
    func startPartitions() {
        for index in partitioned.keys.sorted() {
            while commands.ending == nil, var run = partitioned[index], run.error == nil, let next = run.pending.last,
                resources.take(run.stage.uses)
            {
                run.pending.removeLast()
                run.running += 1
                partitioned[index] = run
                if let error = cleared(run.stage, next) {
                    run.running -= 1
                    run.error = error
                    partitioned[index] = run
                    resources.giveBack(run.stage.uses)
                    if run.running == 0 { complete(index) }
                    break
                }
                start(index, next, next.commands, run.guardFile)
            }
        }
    }

    /// Makes room for a partition's outputs. What cannot be removed would count as what its command made.
    private func cleared(_ stage: Stage, _ instance: PartitionSpec.Instance) -> StageError? {
        do {
            for output in instance.outputs {
                let path = stage.absolute(output)
                try Paths.remove(path)
                try Paths.makeDirectory(Paths.parent(path))
            }
            return nil
        } catch {
            let problem = PathProblem(stage.name, error).error.message
            return StageError(stage, "cannot make room for the outputs of '\(instance.input)': \(problem)")
        }
    }

    /// Records one partition.
    ///
    /// - Returns: whether it was the last one.
    func finishPartition(_ index: Int, _ instance: PartitionSpec.Instance, _ error: inout StageError?) throws -> Bool {
        guard var run = partitioned[index] else { return true }
        let stage = run.stage
        if instance.input.isEmpty {
            // Nothing had to run.
        } else {
            run.running -= 1
            if error == nil {
                do { try record(instance, &run) } catch let problem as StageError { error = problem }
            }
            if let error, run.error == nil { run.error = error }
        }
        partitioned[index] = run
        guard run.running == 0, run.pending.isEmpty || run.error != nil || commands.ending != nil else { return false }
        error = run.error
        partitioned[index] = nil
        let isComplete = run.pending.isEmpty && error == nil
        if isComplete, let left = run.left {
            begun[index]?.left = left
        } else if isComplete {
            let vanished = try vanished(stage, run.wanted)
            if options.partitions == nil {
                for path in vanished { try Paths.remove(path) }
                partitions[stage.file]?.keep(stage.name, only: run.inputs)
            } else if !vanished.isEmpty {
                // What nobody asked for is not removed, so what stands there is not the whole either.
                begun[index]?.left = 0
            }
        }
        try workspace.locked(onWait: onWait) { try partitions[stage.file]?.write(stage.name) }
        if !isComplete, error == nil { error = StageError(stage, "ended before its last partition") }
        if error == nil, let first = run.changed.first {
            error = StageError(
                stage,
                "'\(first)' changed while it was read"
                    + (run.changed.count > 1 ? ", like \(run.changed.count - 1) more" : "")
                    + "; nothing is recorded of it",
                advice: "run the same command again, which does what is left")
        }
        return true
    }

    /// What one partition made; an input that changed meanwhile leaves no record.
    private func record(_ instance: PartitionSpec.Instance, _ run: inout PartitionedRun) throws {
        let stage = run.stage
        let outputs = try instance.outputs.map { path in
            guard let entry = try workspace.ingest(stage.absolute(path), shownAs: path) else {
                throw StageError(stage, "found no output '\(path)' after its command for '\(instance.input)'")
            }
            return entry.md5
        }
        for entry in run.shared {
            let now = try workspace.entry(stage.absolute(entry.path), shownAs: entry.path)
            guard now?.md5 == entry.md5 else {
                throw StageError(
                    stage,
                    "'\(entry.path)', which all partitions read, changed while they ran; nothing is recorded of "
                        + "'\(instance.input)' and what comes after it",
                    advice: "run the same command again, which reads what is there then")
            }
        }
        let before = run.inputMD5s[instance.input] ?? ""
        guard try workspace.entry(stage.absolute(instance.input), shownAs: instance.input)?.md5 == before else {
            run.changed.append(instance.input)
            return
        }
        try partitions[stage.file]?.append(
            stage.name,
            PartitionLock.Partition(input: instance.input, inputMD5: before, recipe: run.recipe, outputs: outputs))
        run.done += 1
        report(.partition(stage, done: run.done, of: run.total))
    }

    /// Files in the directories of a stage that none of its partitions make: their inputs are gone.
    private func vanished(_ stage: Stage, _ wanted: ExactSet) throws -> [String] {
        try stage.outputs.flatMap { output in
            let base = stage.absolute(output.path)
            return try Paths.files(below: base).map { "\(base)/\($0)" }.filter { !wanted.contains($0) }
        }
    }
}
