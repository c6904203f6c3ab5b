import Basics
import DataVersioning
import Foundation

/// A partitioned stage under way.
struct PartitionedRun {
    var stage: Stage
    var pending: [PartitionSpec.Instance]
    var inputMD5s: [String: String]
    var recipe: String
    var total: Int
    var running = 0
    var done = 0
    var error: PipelineRunner.StageError?
    var guardFile: StageGuard
    /// Inputs that exist now.
    var inputs: Set<String>
    /// How many partitions must run and were not asked for; nil where the stage is done as a whole.
    var left: Int?
    /// Inputs that changed while their commands ran.
    var changed: [String] = []
}

extension PipelineRunner {
    /// Which partitions are new or changed; what stands right costs a `stat` per file.
    private func plan(_ stage: Stage, _ spec: PartitionSpec, _ values: [JSONValue.Entry]) throws -> Plan {
        let all = try spec.instances(stage)
        let shared = try spec.shared.map { path in
            guard let entry = try workspace.entry(stage.absolute(path), shownAs: path) else {
                throw StageError(stage, "found no dependency '\(path)'")
            }
            return "\(path) \(entry.md5)"
        }
        let recipe = Digest.md5(
            Array(
                (spec.commands + spec.outputs + shared + [JSONValue(.map(values)).text(.canonical)])
                    .joined(separator: "\n").utf8))
        var inputs: [String: String] = [:], stale: [PartitionSpec.Instance] = []
        for instance in all {
            for output in instance.outputs {
                let path = stage.absolute(output)
                // A partition may only delete and make what lies in the directories that are this stage's own.
                guard stage.outputs.contains(where: { path.hasPrefix(stage.absolute($0.path) + "/") }),
                    (try? workspace.checkInside(path)) != nil
                else {
                    throw StageError(
                        stage, "found the output '\(output)' for '\(instance.input)' outside the stage's directory")
                }
            }
            guard let input = try workspace.entry(stage.absolute(instance.input), shownAs: instance.input)?.md5 else {
                continue
            }
            inputs[instance.input] = input
            let old = partitions[stage.file]?[stage.name, instance.input]
            guard !options.isForced, let old, old.inputMD5 == input, old.recipe == recipe,
                old.outputs.count == instance.outputs.count, try standsOrReturns(stage, instance, old)
            else {
                stale.append(instance)
                continue
            }
        }
        let chosen = stale.filter(isChosen)
        if let filter = options.partitions, !all.isEmpty, !all.contains(where: isChosen) {
            throw StageError(
                stage, "found no file of '\(spec.pattern)' with \(filter.text), expected at least one of \(all.count)",
                advice: "the first is '\(all[0].input)', the last '\(all[all.count - 1].input)'")
        }
        return Plan(all: all, stale: chosen, left: stale.count - chosen.count, inputs: inputs, recipe: recipe)
    }

    private struct Plan {
        var all: [PartitionSpec.Instance]
        /// Those that are to run.
        var stale: [PartitionSpec.Instance]
        /// How many must run and were not asked for.
        var left: Int
        var inputs: [String: String]
        var recipe: String

        var summary: String {
            "\(stale.count) of \(all.count) partitions \(stale.count == 1 ? "is" : "are") new or changed"
                + (left > 0 ? ", \(left) more \(left == 1 ? "is" : "are") left out" : "")
        }
    }

    /// Whether a partition's outputs are as recorded; missing or altered ones come back from the cache.
    private func standsOrReturns(_ stage: Stage, _ instance: PartitionSpec.Instance, _ old: PartitionLock.Partition)
        throws -> Bool
    {
        for (path, md5) in zip(instance.outputs, old.outputs) {
            let full = stage.absolute(path)
            if try workspace.entry(full, shownAs: path)?.md5 == md5 { continue }
            let entry = DataEntry(path: path, md5: md5, size: 0)
            guard workspace.isCached(entry) else { return false }
            if !options.isDryRun { try workspace.checkOut(entry, to: full, isForced: true) }
        }
        return true
    }

    /// For a dry run: replaces what differs in the directories as wholes by what differs in partitions.
    ///
    /// - Returns: how many would run.
    func describePartitions(_ stage: Stage, _ spec: PartitionSpec, _ status: inout StageStatus) throws -> Int {
        let plan = try plan(stage, spec, try parameters.of(stage))
        status.changes =
            plan.stale.isEmpty && locked(stage) != nil
            ? []
            : [
                .partitions(
                    plan.summary + ": "
                        + plan.stale.prefix(3).map(\.stem).joined(separator: ", ") + (plan.stale.count > 3 ? ", …" : "")
                )
            ]
        return plan.stale.count
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
        let plan = try plan(stage, spec, values)
        status.changes = [.partitions(plan.summary)]
        var now: ExactMap<DataEntry> = [:]
        for dependency in stage.dependencies {
            now[dependency] = try workspace.entry(stage.absolute(dependency), shownAs: dependency)
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
            total: plan.stale.count, guardFile: guardFile,
            inputs: Set(plan.all.map(\.input)), left: plan.left > 0 || isAfterPart(index) ? plan.left : nil)
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
                for output in next.outputs {
                    let path = run.stage.absolute(output)
                    try? Paths.remove(path)
                    try? Paths.makeDirectory(Paths.parent(path))
                }
                start(index, next, next.commands, run.guardFile)
            }
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
            try removeVanished(stage, run.inputs)
            partitions[stage.file]?.keep(stage.name, only: run.inputs)
        }
        try workspace.locked(onWait: onWait) { try partitions[stage.file]?.write() }
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

    /// Outputs whose input is gone are no longer part of the whole.
    private func removeVanished(_ stage: Stage, _ inputs: Set<String>) throws {
        guard let spec = stage.partitions else { return }
        let wanted = Set(try spec.instances(stage).flatMap(\.outputs).map(stage.absolute))
        for output in stage.outputs {
            let base = stage.absolute(output.path)
            for name in try Paths.files(below: base) where !wanted.contains("\(base)/\(name)") {
                try Paths.remove("\(base)/\(name)")
            }
        }
    }
}
