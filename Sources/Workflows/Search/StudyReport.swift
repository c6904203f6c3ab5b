import Basics
import HyperparameterSearch
import Registry

/// A study of the registry, read back without its configuration file.
package struct StudyReport: Sendable {
    package var history: TrialHistory
    package var metrics: [String]
    package var evidence: SelectionEvidence?

    package static func load(_ name: String, project: Project) throws -> StudyReport {
        let registry = try project.registry(), studies = try registry.studies()
        guard let study = studies.first(where: { $0.name == name }) else {
            throw Failure(
                "search.no-study", "found no study '\(name)'",
                hint: NearestName.of(name, in: studies.map(\.name)).map { "did you mean '\($0)'?" } ?? "see them with: hftml studies list")
        }
        let definition = try JSONParser.parse(study.definition)
        let space = try SearchSpace(json: definition[key: "space"] ?? .null)
        for case (let trial, let point) in try RegistryStudyStorage(registry, study: name, space: space).trials().map({ ($0, $0.point) }) where !point.isEmpty && point.count != space.parameters.count
        {
            throw Failure(
                "search.damaged", "found trial \(trial.number) of the study '\(name)' with \(point.count) numbers for \(space.parameters.count) parameters",
                hint: "check the registry with: hftml registry verify")
        }
        let objectives = definition[key: "objectives"]?.listValue ?? []
        let directions = objectives.map { $0[key: "direction"]?.stringValue.flatMap(Direction.init) ?? .minimize }
        let history = TrialHistory(space: space, directions: directions, trials: try RegistryStudyStorage(registry, study: name, space: space).trials())
        return StudyReport(
            history: history, metrics: objectives.map { $0[key: "metric"]?.stringValue ?? "" },
            evidence: try SelectionEvidence.collect(study: name, directions: directions, space: space, registry: registry))
    }

    package static func list(project: Project) throws -> [(name: String, experiment: String, counts: [Trial.State: Int])] {
        let registry = try project.registry()
        return try registry.studies().map { study in
            var counts: [Trial.State: Int] = [:]
            for trial in try registry.trials(study: study.name).trials { counts[Trial.State(rawValue: trial.state) ?? .failed, default: 0] += 1 }
            return (study.name, study.experiment, counts)
        }
    }
}
