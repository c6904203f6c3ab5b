import Basics
import DataVersioning

/// What a partitioned stage finds before it runs.
struct PartitionPlan {
    /// The files that stand there now.
    var all: [PartitionSpec.Instance]
    /// Those that are to run.
    var stale: [PartitionSpec.Instance]
    /// How many must run and will not: not asked for, or not in the workspace.
    var left: Int
    /// MD5s of the files, by name.
    var inputs: [String: String]
    var recipe: String
    /// What all partitions read.
    var shared: [DataEntry]
    /// Recorded inputs that do not stand in the workspace.
    var absent: RecordedInputs
    /// Inputs that the lock has and that are neither here nor recorded anywhere else.
    var gone: [String]
    /// Whether a run of what was asked for leaves something to do, so that it is not recorded as one of the whole.
    var isPart: Bool

    var summary: String {
        "\(stale.count) of \(all.count) partitions \(stale.count == 1 ? "is" : "are") new or changed"
            + (left > 0 ? ", \(left) more \(left == 1 ? "is" : "are") left out" : "")
            + (gone.isEmpty ? "" : ", \(gone.count) \(gone.count == 1 ? "is" : "are") gone")
    }
}

extension PipelineRunner {
    /// Which partitions are new or changed; what stands right costs a `stat` per file.
    ///
    /// - Throws: ``StageError`` where the pattern or the filter means no file, for outputs that are not the stage's own
    ///   and shared inputs that are missing; ``ConfigError``.
    func partitionPlan(_ index: Int, _ spec: PartitionSpec, _ values: [JSONValue.Entry]) throws -> PartitionPlan {
        let stage = graph.stages[index], all = try spec.instances(stage)
        let shared = try spec.shared.map { path in
            guard let entry = try workspace.entry(stage.absolute(path), shownAs: path) else {
                throw StageError(stage, "found no dependency '\(path)'")
            }
            return entry
        }
        let recipe = spec.recipe(shared, values), lines = partitions[stage.file]?.lines(of: stage.name) ?? [:]
        let absent = try absentInputs(index, spec, standing: ExactSet(all.map(\.input)), lines)
        try checkMeant(stage, spec, all, absent)
        var plan = PartitionPlan(
            all: all, stale: [], left: 0, inputs: [:], recipe: recipe, shared: shared, absent: absent, gone: [],
            isPart: false)
        for instance in all {
            try checkOutputs(stage, instance)
            guard let input = try workspace.entry(stage.absolute(instance.input), shownAs: instance.input)?.md5 else {
                continue
            }
            plan.inputs[instance.input] = input
            let old = lines[instance.input]
            var isCurrent = false
            if let old, old.inputMD5 == input, old.recipe == recipe,
                old.outputs.count == instance.outputs.count
            {
                isCurrent = try standsOrReturns(stage, instance, old)
            }
            // A forced run makes again what was asked for; what was not asked for and stands right is not missing.
            if isChosen(instance), options.isForced || !isCurrent {
                plan.stale.append(instance)
            } else if !isCurrent {
                plan.left += 1
            }
        }
        plan.left += absent.count { name, md5 in
            guard let line = lines[name] else { return true }
            return line.recipe != recipe || md5.map { $0 != line.inputMD5 } ?? false
        }
        let known = ExactSet(all.map(\.input) + absent.names)
        plan.gone = lines.keys.filter { !known.contains($0) }
        plan.isPart =
            plan.left > 0 || !absent.isEmpty || options.partitions != nil && !plan.gone.isEmpty
        return plan
    }

    /// A pattern that means nothing is a slip; it must not empty what was made before.
    private func checkMeant(
        _ stage: Stage, _ spec: PartitionSpec, _ all: [PartitionSpec.Instance], _ absent: RecordedInputs
    ) throws {
        if let filter = options.partitions, !all.contains(where: isChosen), !all.isEmpty || !absent.isEmpty {
            throw StageError(
                stage, "found no file of '\(spec.pattern)' with \(filter.text), expected at least one of \(all.count)",
                advice: all.isEmpty
                    ? "bring some: hftml pull --where …"
                    : "the first is '\(all[0].input)', the last '\(all[all.count - 1].input)'")
        }
        guard all.isEmpty, absent.isEmpty else { return }
        let base = PartitionSpec.base(of: spec.pattern), directory = stage.absolute(base)
        guard Paths.isDirectory(directory), let first = try Paths.files(below: directory).first else { return }
        throw StageError(
            stage,
            "found no file of '\(spec.pattern)', expected at least one of those below '\(base)', such as '\(first)'",
            advice: "correct 'each' of the stage, or empty '\(base)' if nothing is to be made any longer")
    }

    /// A partition may only delete and make what lies in the directories that are this stage's own.
    private func checkOutputs(_ stage: Stage, _ instance: PartitionSpec.Instance) throws {
        for output in instance.outputs {
            let path = stage.absolute(output)
            guard stage.outputs.contains(where: { path.isBelow(stage.absolute($0.path)) }),
                (try? workspace.checkInside(path)) != nil
            else {
                throw StageError(
                    stage, "found the output '\(output)' for '\(instance.input)' outside the stage's directory")
            }
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
}
