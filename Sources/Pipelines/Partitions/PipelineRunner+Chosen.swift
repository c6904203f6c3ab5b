import Basics
import DataVersioning

/// A run of which only some partitions are asked for.
extension PipelineRunner {
    /// - Throws: ``ConfigError`` for a partitioned stage whose partitions the filter cannot tell apart, ``Failure``
    ///   with code `partition.none` where no stage has partitions.
    func checkPartitions() throws {
        guard let filter = options.partitions else { return }
        let stages = selection.map { graph.stages[$0] }.filter { $0.partitions != nil }
        guard !stages.isEmpty else {
            throw Failure(
                "partition.none", "found no stage with partitions for '\(filter.text)', expected one",
                hint: "partitions come from a stage's each: raw/{date:%Y-%m-%d}_{symbol}.csv.gz", exitStatus: .usage)
        }
        for stage in stages { try check(stage, filter) }
    }

    private func check(_ stage: Stage, _ filter: PartitionFilter) throws {
        guard let spec = stage.partitions else { return }
        guard let pattern = try PartitionSpec.typed(spec.pattern, at: stage.mark) else {
            throw ConfigError(
                "found 'each: \(spec.pattern)' in stage '\(stage.name)', expected typed fields for '\(filter.text)'",
                at: stage.mark, code: "partition.pattern",
                hint: "name the fields, such as: each: raw/{date:%Y-%m-%d}_{symbol}.csv.gz")
        }
        do { try filter.check(pattern) } catch let failure as Failure {
            throw ConfigError(
                "stage '\(stage.name)': \(failure.message)", at: stage.mark, code: failure.code, hint: failure.hint)
        }
    }

    /// Whether a partition is asked for. What the filter cannot read was refused before.
    func isChosen(_ instance: PartitionSpec.Instance) -> Bool {
        guard let filter = options.partitions else { return true }
        return instance.key.map(filter.matches) ?? false
    }

    /// Whether only a part is there of what a stage reads, so that it cannot be done as a whole.
    func isAfterPart(_ stage: Int) -> Bool { graph.sources[stage].contains { states[$0] == .part } }

    /// Whether a stage cannot run after one of which only a part is there: only single partitions can be read then.
    func isLeftOut(_ stage: Int, after source: State) -> Bool {
        source == .leftOut || source == .part && graph.stages[stage].partitions == nil
    }
}
