import Basics
import DataVersioning

extension PipelineRunner {
    /// Says what a run would do, and changes nothing. Stages after one that would run depend on what it makes; they are
    /// told apart.
    func dryRun(_ stages: [Stage]) throws {
        // Stages whose outputs a dry run cannot know.
        var unknown: Set<String> = []
        for stage in stages {
            try provideData(stage, isDryRun: true)
            var now: ExactMap<DataEntry> = [:]
            var status = try StageStatus.of(
                stage, lock: lock, workspace: workspace, parameters: parameters, dependencies: &now)
            if options.isForced { status.changes.insert(.forced, at: 0) }
            let after = pipeline.sources(of: stage.name).filter(unknown.contains)
            if let spec = stage.partitions, after.isEmpty { try describePartitions(stage, spec, &status) }
            // What such a stage makes is not there yet or will be made anew; that it differs from the lock says
            // nothing.
            let outside = status.changes.filter { change in
                guard case .dependency(let path, _, _) = change else { return true }
                let full = stage.absolute(path)
                return !pipeline.stages.contains { source in
                    after.contains(source.name)
                        && source.outputs.contains {
                            StageGraph.covers(source.absolute($0.path), full)
                                || StageGraph.covers(full, source.absolute($0.path))
                        }
                }
            }
            if stage.isFrozen, !status.isCurrent, !status.isOnlyOutputs {
                report(.frozen(stage, status))
            } else if !after.isEmpty, outside.allSatisfy(\.isOutput) {
                unknown.insert(stage.name)
                report(.mightRun(stage, after: after))
            } else if status.isCurrent {
                report(.current(stage))
            } else if status.isOnlyOutputs, let locked = lock[stage.name],
                locked.outputs.allSatisfy({ workspace.isCached($0) })
            {
                report(.wouldRestore(stage, status))
            } else if options.usesRunCache, !options.isForced, after.isEmpty,
                RunCache.isEligible(stage, workspace: workspace), let run = try findRun(stage, now)
            {
                if run.outputs.map(\.md5) != lock[stage.name]?.outputs.map(\.md5) { unknown.insert(stage.name) }
                report(.wouldRestore(stage, status))
            } else {
                unknown.insert(stage.name)
                report(.wouldRun(stage, status))
            }
        }
    }
}
