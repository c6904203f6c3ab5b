import Basics
import HyperparameterSearch
import Registry

/// Trials of an earlier study as a start for a new one.
///
/// What they measured is taken over as if it had been measured here, so only the space may differ: on other features,
/// folds, strategies or objectives the same point means another number.
enum WarmStart {
    /// - Throws: ``Failure`` with code `search.warm-start` and what differs, or `search.no-study`.
    static func require(_ other: String, fits definition: String, registry: RegistryDatabase) throws {
        let recorded = try registry.study(named: other).definition
        let what = try StudyRecord.differences(recorded, definition, except: ["space", "schemaVersion"])
        guard !what.isEmpty else { return }
        throw Failure(
            "search.warm-start",
            "found the study '\(other)' measured otherwise than this search would: \(what.joined(separator: "; "))",
            hint: "leave --warm-start out, or search with what that study was measured by")
    }

    /// Copies complete trials whose point lies in the new space, as trials of this study that are done: all in one
    /// transaction, and once only, since a study that has trials was started before.
    static func copy(from other: String, to name: String, study: Study, registry: RegistryDatabase) throws {
        let known = try registry.trials(study: other).trials.filter { $0.state == Trial.State.complete.rawValue }
        let fitting = try known.compactMap { record -> RegistryDatabase.KnownTrial? in
            let trial = try JSONParser.parse(record.parameters, file: "trial \(record.number) of '\(other)'")
            let values = try JSONParser.parse(record.objectives, file: "trial \(record.number) of '\(other)'")
            guard let point = study.space.point({ trial[key: $0] }),
                values.listValue?.compactMap(\.doubleValue).count == study.directions.count
            else { return nil }
            return RegistryDatabase.KnownTrial(
                point: JSONValue.doubles(point).text(.compact),
                parameters: JSONValue.map(study.space.assignments(point)).text(.compact), objectives: record.objectives)
        }
        try registry.addTrials(
            fitting, to: name, worker: ProcessIdentity.current, reason: "from the study '\(other)'")
    }
}
