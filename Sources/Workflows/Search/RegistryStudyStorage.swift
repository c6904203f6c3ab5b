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

    /// Why trials failed, by their number; of those that were read.
    private(set) var reasons: [Int: String] = [:]

    /// Trials under way that nobody trains: the next search tries their points again.
    private(set) var lost: Set<Int> = []

    package func trials() throws -> [Trial] {
        let (changed, newest) = try registry.trials(study: study, after: revision)
        // Numbers are dense but for trials that others are just making; a far one would be filled up to.
        if let last = changed.last?.number, last >= known.count + changed.count + Self.mostAtOnce {
            throw Self.damaged(study, "a trial of number \(last) among \(changed.count)")
        }
        for record in changed {
            let trial = try RegistryStudyStorage.trial(record, of: study, in: space)
            while known.count <= trial.number { known.append(Trial(number: known.count)) }
            known[trial.number] = trial
            reasons[trial.number] = record.reason
            if record.worker == Self.lostWorker, trial.state == .running {
                lost.insert(trial.number)
            } else {
                lost.remove(trial.number)
            }
        }
        revision = newest
        return known
    }

    /// Processes that may be making a trial at the same moment.
    private static let mostAtOnce = 10_000

    /// A trial of the registry, which fits its study.
    ///
    /// - Throws: ``Failure`` with code `search.damaged`.
    static func trial(_ record: TrialRecord, of study: String, in space: SearchSpace) throws -> Trial {
        func numbers(_ text: String, _ what: String) throws -> [Double] {
            guard let list = (try? JSONParser.parse(text))?.listValue else {
                throw damaged(study, "trial \(record.number) without \(what)")
            }
            return list.map { $0.doubleValue ?? .nan }
        }
        let point = try numbers(record.point, "a point"), values = try numbers(record.objectives, "values")
        guard record.number >= 0, point.isEmpty || point.count == space.parameters.count else {
            throw damaged(
                study,
                "trial \(record.number) with \(point.count) numbers for \(space.parameters.count) parameters")
        }
        let state = state(record)
        guard state != .complete || !values.isEmpty && !point.isEmpty else {
            throw damaged(study, "a complete trial \(record.number) without \(point.isEmpty ? "a point" : "a value")")
        }
        return Trial(
            number: record.number, state: state, point: point, tag: record.tag, values: values,
            reports: record.reports.map { Trial.Report(step: $0.step, value: $0.value) }, retryOf: record.retryOf)
    }

    static func state(_ record: TrialRecord) -> Trial.State { Trial.State(rawValue: record.state) ?? .failed }

    /// As people see it: what nobody trains is not running.
    static func shownState(_ record: TrialRecord) -> Trial.State {
        let state = state(record)
        return state == .running && record.worker == lostWorker ? .failed : state
    }

    /// Whether it was claimed when no point was left: nothing was tried.
    static func isEmpty(_ record: TrialRecord) -> Bool { record.state == "failed" && record.point == "[]" }

    static func damaged(_ study: String, _ problem: String) -> Failure {
        Failure(
            "search.damaged", "found \(problem) in the study '\(study)'",
            hint: "check the registry with: hftml registry verify")
    }

    private static func text(_ numbers: [Double]) -> String {
        JSONValue.list(numbers.map { $0.isFinite ? .double($0) : .null }).text(.compact)
    }

    package func begin(limit: Int) throws -> Trial? {
        try registry.beginTrial(
            study: study, limit: limit, worker: worker, mostRetries: Self.mostRetries,
            isLost: Self.isLost(now: registry.now())
        ).map { try Self.trial($0, of: study, in: space) }
    }

    /// Whether the worker of a trial, last heard of at a time, is gone.
    static func isLost(now: Nanoseconds) -> (String, Nanoseconds) -> Bool {
        { worker, seen in
            if worker == Self.lostWorker { return true }
            // Of another machine there is only its word, every ten seconds.
            return ProcessIdentity.isAlive(worker).map { !$0 } ?? (now - seen > 60_000_000_000)
        }
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

    /// Takes back a trial that was claimed when no point was left: nothing was tried, so nothing is on record.
    func discard(_ number: Int) throws {
        guard try !registry.discardTrial(study: study, number: number, worker: worker) else {
            // Read anew: what is gone has no revision.
            (known, revision) = ([], 0)
            return
        }
        try finish(number, state: .failed, values: [], reason: "every point was tried")
    }

    func see(_ numbers: [Int]) throws { try registry.seeTrials(study: study, numbers: numbers) }
    func link(_ number: Int, run: String) throws { try registry.linkTrial(study: study, number: number, run: run) }
}
