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
}

extension PipelineRunner {
    /// Which partitions are new or changed; what stands right costs a `stat` per file.
    private func plan(_ stage: Stage, _ spec: PartitionSpec) throws -> (
        all: [PartitionSpec.Instance], stale: [PartitionSpec.Instance], inputs: [String: String], recipe: String
    ) {
        let all = try spec.instances(stage)
        let shared = try spec.shared.map { path in
            guard let entry = try workspace.entry(stage.absolute(path), shownAs: path) else {
                throw StageError(stage: stage.name, status: 0, command: "", problem: "found no dependency '\(path)'")
            }
            return "\(path) \(entry.md5)"
        }
        let recipe = Digest.md5(
            Array(
                (spec.commands + spec.outputs + shared + [JSONValue(.map(try parameters.of(stage))).text(.canonical)])
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
                        stage: stage.name, status: 0, command: "",
                        problem: "found the output '\(output)' for '\(instance.input)' outside the stage's directory")
                }
            }
            guard let input = try workspace.entry(stage.absolute(instance.input), shownAs: instance.input)?.md5 else {
                continue
            }
            inputs[instance.input] = input
            let old = partitions[stage.name, instance.input]
            guard !options.isForced, let old, old.inputMD5 == input, old.recipe == recipe,
                old.outputs.count == instance.outputs.count, try standsOrReturns(stage, instance, old)
            else {
                stale.append(instance)
                continue
            }
        }
        return (all, stale, inputs, recipe)
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

    private func count(_ stale: Int, of all: Int) -> String {
        "\(stale) of \(all) partitions \(stale == 1 ? "is" : "are") new or changed"
    }

    /// For a dry run: replaces what differs in the directories as wholes by what differs in partitions.
    func describePartitions(_ stage: Stage, _ spec: PartitionSpec, _ status: inout StageStatus) throws {
        let plan = try plan(stage, spec)
        status.changes =
            plan.stale.isEmpty && lock[stage.name] != nil
            ? []
            : [
                .partitions(
                    count(plan.stale.count, of: plan.all.count) + ": "
                        + plan.stale.prefix(3).map(\.stem).joined(separator: ", ") + (plan.stale.count > 3 ? ", …" : "")
                )
            ]
    }

    func advancePartitioned(_ stage: Stage, _ spec: PartitionSpec, _ status: inout StageStatus) throws -> State {
        if status.isCurrent, !stage.alwaysRuns {
            summary.current.append(stage.name)
            report(.current(stage))
            return .done
        }
        let plan = try plan(stage, spec)
        status.changes = [.partitions(count(plan.stale.count, of: plan.all.count))]
        var now: ExactMap<DataEntry> = [:]
        for dependency in stage.dependencies {
            now[dependency] = try workspace.entry(stage.absolute(dependency), shownAs: dependency)
        }
        guard let begin = try begin(stage, now) else {
            lock = try LockFile(pipeline.lockPath)
            partitions = try PartitionLock(pipeline.partitionsPath)
            return try advancePartitioned(stage, spec, &status)
        }
        let path = "\(workspace.temporary)/hftml-run/\(Digest.md5(Array("\(pipeline.path):\(stage.name)".utf8)))"
        guard let guardFile = try StageGuard(path) else {
            begin.hold?()
            report(
                .waiting(
                    "another process, or a command that an interrupted run left behind, to finish stage '\(stage.name)'"
                ))
            usleep(200_000)
            lock = try LockFile(pipeline.lockPath)
            partitions = try PartitionLock(pipeline.partitionsPath)
            return try advancePartitioned(stage, spec, &status)
        }
        report(.started(stage, status))
        setBegun(stage.name, begin)
        for output in stage.outputs { try Paths.makeDirectory(stage.absolute(output.path)) }
        partitioned[stage.name] = PartitionedRun(
            stage: stage, pending: plan.stale.reversed(), inputMD5s: plan.inputs, recipe: plan.recipe,
            total: plan.stale.count, guardFile: guardFile,
            inputs: Set(plan.all.map(\.input)))
        if plan.stale.isEmpty { complete(stage) }
        return .running
    }

    /// Starts as many waiting partitions as there are places.
    func startPartitions() {
        for name in partitioned.keys.sorted() {
            while var run = partitioned[name], run.error == nil, let next = run.pending.last,
                resources.take(run.stage.uses)
            {
                run.pending.removeLast()
                run.running += 1
                partitioned[name] = run
                for output in next.outputs {
                    let path = run.stage.absolute(output)
                    try? Paths.remove(path)
                    try? Paths.makeDirectory(Paths.parent(path))
                }
                start(run.stage, next, next.commands, run.guardFile)
            }
        }
    }

    /// Records one partition.
    ///
    /// - Returns: whether it was the last one.
    func finishPartition(_ stage: Stage, _ instance: PartitionSpec.Instance, _ error: inout StageError?) throws -> Bool
    {
        guard var run = partitioned[stage.name] else { return true }
        if instance.input.isEmpty {
            // Nothing had to run.
        } else {
            run.running -= 1
            if error == nil {
                do {
                    let outputs = try instance.outputs.map { path in
                        guard let entry = try workspace.ingest(stage.absolute(path), shownAs: path) else {
                            throw StageError(
                                stage: stage.name, status: 0, command: "",
                                problem: "found no output '\(path)' after its command for '\(instance.input)'")
                        }
                        return entry.md5
                    }
                    try partitions.append(
                        stage.name,
                        PartitionLock.Partition(
                            input: instance.input, inputMD5: run.inputMD5s[instance.input] ?? "", recipe: run.recipe,
                            outputs: outputs))
                    run.done += 1
                    report(.partition(stage, done: run.done, of: run.total))
                } catch let problem as StageError {
                    error = problem
                }
            }
            if let error, run.error == nil { run.error = error }
        }
        partitioned[stage.name] = run
        guard run.running == 0, run.pending.isEmpty || run.error != nil else { return false }
        error = run.error
        partitioned[stage.name] = nil
        if error == nil {
            try removeVanished(stage, run.inputs)
            partitions.keep(stage.name, only: run.inputs)
        }
        try workspace.locked(onWait: onWait) { try partitions.write() }
        return true
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
