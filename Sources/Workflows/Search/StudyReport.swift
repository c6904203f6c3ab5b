import Basics
package import HyperparameterSearch
import Registry

/// A study of the registry, read back without its configuration file.
package struct StudyReport: Sendable {
    package var history: TrialHistory
    package var metrics: [String]
    package var evidence: SelectionEvidence?

    package static func load(_ name: String, session: Session) throws -> StudyReport {
        let registry = try session.registry(), study = try registry.study(named: name)
        let definition = try JSONParser.parse(study.definition)
        let space = try SearchSpace(json: definition[key: "space"] ?? .null)
        let trials = try RegistryStudyStorage(registry, study: name, space: space).trials()
        for trial in trials where !trial.point.isEmpty && trial.point.count != space.parameters.count {
            throw Failure(
                "search.damaged",
                "found trial \(trial.number) of the study '\(name)' with \(trial.point.count) numbers "
                    + "for \(space.parameters.count) parameters",
                hint: "check the registry with: hftml registry verify")
        }
        let objectives = definition[key: "objectives"]?.listValue ?? []
        let directions = objectives.map { $0[key: "direction"]?.stringValue.flatMap(Direction.init) ?? .minimize }
        let history = TrialHistory(space: space, directions: directions, trials: trials)
        return StudyReport(
            history: history, metrics: objectives.map { $0[key: "metric"]?.stringValue ?? "" },
            evidence: try SelectionEvidence.collect(
                study: name, directions: directions, space: space, registry: registry))
    }

    /// A study in a list: how many of its trials are in which state.
    package struct Entry: Sendable {
        package let name: String
        package let experiment: String
        package let counts: [Trial.State: Int]
    }

    package static func list(session: Session) throws -> [Entry] {
        let registry = try session.registry()
        return try registry.studies().map { study in
            var counts: [Trial.State: Int] = [:]
            for trial in try registry.trials(study: study.name).trials {
                counts[Trial.State(rawValue: trial.state) ?? .failed, default: 0] += 1
            }
            return Entry(name: study.name, experiment: study.experiment, counts: counts)
        }
    }
}
