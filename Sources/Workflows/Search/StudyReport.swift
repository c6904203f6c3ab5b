import Basics
package import HyperparameterSearch
import Registry

/// A study of the registry, read back without its configuration file.
package struct StudyReport: Sendable {
    package var history: TrialHistory
    package var metrics: [String]
    package var evidence: SelectionEvidence?
    /// What all trials were judged on, where their windows differ.
    package var common: CommonSamples?
    /// Why trials failed, by their number.
    package var reasons: [Int: String]

    /// The reason of a trial that was not evaluated, because its strategy found nothing to trade.
    package static let neverTraded = TrialResult.neverTraded

    package static func load(_ name: String, session: Session) throws -> StudyReport {
        let registry = try session.registry(), study = try registry.study(named: name)
        try SettleTrials.run(registry)
        let definition = try StudyDefinition(study)
        let storage = RegistryStudyStorage(registry, study: name, space: definition.space)
        var trials = try storage.trials()
        for number in storage.lost { trials[number].state = .failed }
        trials.removeAll { $0.state == .failed && $0.point.isEmpty && storage.reasons[$0.number] != nil }
        return StudyReport(
            history: TrialHistory(space: definition.space, directions: definition.directions, trials: trials),
            metrics: definition.metrics,
            evidence: try SelectionEvidence.collect(
                study: name, directions: definition.directions, space: definition.space, registry: registry),
            common: definition.common, reasons: storage.reasons)
    }

    /// A study in a list: how many of its trials are in which state.
    package struct Entry: Sendable {
        package let name: String
        package let experiment: String
        package let counts: [Trial.State: Int]
    }

    package static func list(session: Session) throws -> [Entry] {
        let registry = try session.registry()
        try SettleTrials.run(registry)
        return try registry.studies().map { study in
            var counts: [Trial.State: Int] = [:]
            for trial in try registry.trials(study: study.name).trials where !RegistryStudyStorage.isEmpty(trial) {
                counts[RegistryStudyStorage.shownState(trial), default: 0] += 1
            }
            return Entry(name: study.name, experiment: study.experiment, counts: counts)
        }
    }
}

/// What a study's definition in the registry says; anybody may have changed the file.
struct StudyDefinition {
    let space: SearchSpace
    let directions: [Direction]
    let metrics: [String]
    let common: CommonSamples?

    /// - Throws: ``Failure`` with code `search.damaged`.
    init(_ study: StudyRecord) throws {
        func damaged(_ problem: String) -> Failure { RegistryStudyStorage.damaged(study.name, problem) }
        guard let node = try? JSONParser.parse(study.definition), let own = node[key: "space"],
            let space = try? SearchSpace(json: own), !space.parameters.isEmpty
        else { throw damaged("a definition without a space") }
        let objectives = node[key: "objectives"]?.listValue ?? []
        metrics = objectives.compactMap { $0[key: "metric"]?.stringValue }
        directions = objectives.compactMap { $0[key: "direction"]?.stringValue.flatMap(Direction.init) }
        guard !objectives.isEmpty, metrics.count == objectives.count, directions.count == objectives.count else {
            throw damaged("a definition without objectives")
        }
        self.space = space
        common = node[key: "common"].flatMap(CommonSamples.init)
    }
}
