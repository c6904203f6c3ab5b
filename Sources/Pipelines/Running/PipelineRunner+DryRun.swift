import Basics
import DataVersioning

extension PipelineRunner {
    /// Says what a run would do, and changes nothing. Stages after one that would run depend on what it makes; they are
    /// told apart. At the end it says what a run is expected to take.
    func dryRun() throws {
        // Stages whose outputs a dry run cannot know.
        var unknown: Set<Int> = [], estimate = StageCosts.Estimate()
        for index in selection {
            let stage = graph.stages[index]
            let plan = try plan(index, unknown)
            if plan.isUnknown { unknown.insert(index) }
            if plan.runs { costs.add(stage, partitions: plan.partitions, to: &estimate) }
            report(plan.event)
        }
        if estimate.stages > 0 { report(.cost(estimate)) }
    }

    /// What would become of one stage.
    private struct Plan {
        var event: Event
        /// Whether what it makes may differ from what is there.
        var isUnknown = false
        var runs = false
        var partitions: Int?
    }

    private func plan(_ index: Int, _ unknown: Set<Int>) throws -> Plan {
        let stage = graph.stages[index], values = try parameters.of(stage)
        var now: ExactMap<DataEntry> = [:]
        let absent = try absentData(stage, &now)
        var status = try StageStatus.of(
            stage, locked: locked(stage), partitions: partitions[stage.file], workspace: workspace, parameters: values,
            dependencies: &now)
        if options.isForced { status.changes.insert(.forced, at: 0) }
        status.changes.removeAll { change in
            guard case .dependency(let path, _, nil) = change else { return false }
            return absent.contains(workspace.shown(stage.absolute(path)))
        }
        let sources = graph.sources[index].filter(unknown.contains)
        var partitions: Int?
        if let spec = stage.partitions, sources.isEmpty, absent.isEmpty {
            let plan = try describePartitions(index, spec, &status)
            partitions = plan.runs
            if options.partitions == nil, !plan.absent.isEmpty {
                let names = plan.absent.names.prefix(3) + (plan.absent.names.count > 3 ? ["…"] : [])
                let paths = names.isEmpty ? [plan.absent.holder] : Array(names)
                if status.isCurrent { return Plan(event: .notFetched(stage, paths)) }
                status.changes += paths.map { .notFetched($0) }
            }
        }
        if status.isCurrent, absent.isEmpty, let missing = missingRecord(index) { status.changes.append(missing) }
        let outside = status.changes.filter { !isUnsettled($0, stage, unknown) }
        if stage.isFrozen, !status.isCurrent, !status.isOnlyOutputs {
            return Plan(event: .frozen(stage, status))
        }
        if !sources.isEmpty, outside.allSatisfy(\.isOutput) {
            let after = graph.sources[index].filter(unknown.contains).sorted().map { graph.stages[$0].label }
            return Plan(event: .mightRun(stage, after: after), isUnknown: true, runs: true, partitions: partitions)
        }
        if status.isCurrent, absent.isEmpty { return Plan(event: .current(stage)) }
        if status.isCurrent || status.isOnlyOutputs {
            let lost = (locked(stage)?.outputs ?? []).filter { !workspace.isCached($0) }
            let gone = status.changes.compactMap { change -> String? in
                guard case .output(let path, _, nil) = change, lost.contains(where: { $0.path == path }) else {
                    return nil
                }
                return workspace.shown(stage.absolute(path))
            }
            // A fresh clone: everything is as recorded, and some of it is elsewhere.
            if !absent.isEmpty || (!gone.isEmpty && gone.count == status.changes.count) {
                return Plan(event: .notFetched(stage, absent + gone))
            }
            if lost.isEmpty { return Plan(event: .wouldRestore(stage, status)) }
        }
        let isOnRecord = !status.changes.contains { if case .notOnRecord = $0 { true } else { false } }
        if isOnRecord, options.usesRunCache, !options.isForced, sources.isEmpty,
            RunCache.isEligible(stage, workspace: workspace), let run = try findRun(stage, now, values)
        {
            let isSame = run.outputs.map(\.md5) == locked(stage)?.outputs.map(\.md5)
            return Plan(event: .wouldRestore(stage, status), isUnknown: !isSame)
        }
        if !absent.isEmpty { status.changes += absent.map { .notFetched($0) } }
        if stage.partitions == nil {
            status.changes += try absentPartitions(stage).names.prefix(3).map { .notFetched($0) }
        }
        return Plan(event: .wouldRun(stage, status), isUnknown: true, runs: true, partitions: partitions)
    }

    /// Data that pointers name and nobody has brought here yet. It counts as what its pointer says.
    private func absentData(_ stage: Stage, _ now: inout ExactMap<DataEntry>) throws -> [String] {
        var absent: [String] = []
        for dependency in stage.dependencies {
            let path = stage.absolute(dependency)
            if Paths.exists(path) || !graph.makers(touching: path).isEmpty { continue }
            guard let pointer = try workspace.pointer(covering: path) else {
                if locked(stage) != nil { continue }
                throw missingInput(dependency, stage)
            }
            var known = pointer.entries.first { pointer.dataPath($0) == path }
            known?.path = dependency
            if let known { now[dependency] = known }
            if !pointer.entries.contains(where: {
                StageGraph.covers(pointer.dataPath($0), path) && workspace.isCached($0)
            }) {
                absent.append(workspace.shown(path))
            }
        }
        return absent
    }

    /// Whether a change is in what a stage makes that would run before: that it differs from the lock says nothing.
    private func isUnsettled(_ change: StageStatus.Change, _ stage: Stage, _ unknown: Set<Int>) -> Bool {
        guard !unknown.isEmpty, case .dependency(let path, _, _) = change else { return false }
        return graph.makers(touching: stage.absolute(path)).contains(where: unknown.contains)
    }
}
