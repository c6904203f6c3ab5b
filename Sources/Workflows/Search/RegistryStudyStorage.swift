import Basics
package import HyperparameterSearch
package import Registry

/// A study in the registry: any number of searches may work on it at once.
package final class RegistryStudyStorage: StudyStorage {
    private let registry: RegistryDatabase
    private let study: String
    private let space: SearchSpace
    private let worker = ProcessIdentity.current
    private var known: [Trial] = []
    private var revision = 0

    /// A trial is given out again so often before it counts as failed.
    private static let mostRetries = 2
    /// The worker of a trial that its searcher gave back.
    static let lostWorker = "lost"

    package init(_ registry: RegistryDatabase, study: String, space: SearchSpace) {
        (self.registry, self.study, self.space) = (registry, study, space)
    }

    package func trials() throws -> [Trial] {
        let (changed, newest) = try registry.trials(study: study, after: revision)
        revision = newest
        for record in changed {
            let trial = try RegistryStudyStorage.trial(record)
            // Numbers are dense, but trials of others may arrive out of order.
            while known.count <= trial.number { known.append(Trial(number: known.count)) }
            known[trial.number] = trial
        }
        return known
    }

    static func trial(_ record: TrialRecord) throws -> Trial {
        func numbers(_ text: String) throws -> [Double] {
            try (JSONParser.parse(text).listValue ?? []).map { $0.doubleValue ?? .nan }
        }
        return Trial(
            number: record.number, state: Trial.State(rawValue: record.state) ?? .failed,
            point: try numbers(record.point), tag: record.tag,
            values: try numbers(record.objectives),
            reports: record.reports.map { Trial.Report(step: $0.step, value: $0.value) }, retryOf: record.retryOf)
    }

    private static func text(_ numbers: [Double]) -> String {
        JSONValue.list(numbers.map { $0.isFinite ? .double($0) : .null }).text(.compact)
    }

    package func begin(limit: Int) throws -> Trial? {
        try registry.beginTrial(study: study, limit: limit, worker: worker, mostRetries: Self.mostRetries) {
            [now = registry.now()] worker, seen in
            if worker == Self.lostWorker { return true }
            // Of another machine there is only its word, every ten seconds.
            return ProcessIdentity.isAlive(worker).map { !$0 } ?? (now - seen > 60_000_000_000)
        }.map(Self.trial)
    }

    package func propose(_ number: Int, point: Point, tag: Int) throws {
        try registry.proposeTrial(
            study: study, number: number, point: Self.text(point),
            parameters: JSONValue.map(space.assignments(point)).text(.compact), tag: tag)
    }

    package func report(_ number: Int, _ report: Trial.Report) throws {
        try registry.reportTrial(study: study, number: number, step: report.step, value: report.value)
    }

    package func finish(_ number: Int, state: Trial.State, values: [Double]) throws {
        try finish(number, state: state, values: values, reason: nil)
    }

    func finish(_ number: Int, state: Trial.State, values: [Double], reason: String?) throws {
        try registry.finishTrial(
            study: study, number: number, worker: worker, state: state.rawValue, objectives: Self.text(values),
            reason: reason)
    }

    /// Gives a trial back, to be taken up again at its point.
    package func release(_ number: Int) throws {
        try registry.releaseTrial(study: study, number: number, worker: worker, as: Self.lostWorker)
    }

    func see(_ numbers: [Int]) throws { try registry.seeTrials(study: study, numbers: numbers) }
    func link(_ number: Int, run: String) throws { try registry.linkTrial(study: study, number: number, run: run) }
}
