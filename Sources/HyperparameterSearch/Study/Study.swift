import Basics

/// Ask, report, tell: the search over one space, whatever is measured and wherever trials are kept.
///
/// Not thread-safe; every worker has its own over the shared storage.
package final class Study {
    /// Where trials may look.
    package let space: SearchSpace
    /// One an objective.
    package let directions: [Direction]
    /// Where trials are kept.
    package let storage: any StudyStorage
    /// Decides where the next trial looks.
    package let sampler: any Sampler
    /// Decides which trial ends early.
    package let pruner: any Pruner

    /// A study over what the storage already holds.
    package init(
        space: SearchSpace, directions: [Direction] = [.minimize], sampler: any Sampler,
        pruner: any Pruner = NoPruner(), storage: any StudyStorage = MemoryStudyStorage()
    ) {
        self.space = space
        self.directions = directions
        self.sampler = sampler
        self.pruner = pruner
        self.storage = storage
    }

    /// All trials so far, as samplers and pruners see them.
    package func history() throws -> TrialHistory {
        TrialHistory(space: space, directions: directions, trials: try storage.trials())
    }

    /// Begins the next trial; nil when the study has as many as `limit`.
    ///
    /// A trial whose worker was lost is given out again at its own point before anything new.
    package func ask(limit: Int) throws -> Trial? {
        guard var trial = try storage.begin(limit: limit) else { return nil }
        if !trial.point.isEmpty { return trial }
        let proposal = try sampler.propose(number: trial.number, try history())
        (trial.point, trial.tag) = (proposal.point, proposal.tag)
        try storage.propose(trial.number, point: trial.point, tag: trial.tag)
        return trial
    }

    /// Records an intermediate value.
    ///
    /// - Returns: whether to give up on the trial.
    package func report(_ trial: Trial, step: Int, value: Double) throws -> Bool {
        try storage.report(trial.number, Trial.Report(step: step, value: value))
        // With several objectives an intermediate value of one says nothing about the rest.
        guard directions.count == 1, !(pruner is NoPruner) else { return false }
        return pruner.shouldPrune(number: trial.number, step: step, try history())
    }

    /// Ends a trial with one value an objective; it has failed where one is missing or not finite.
    ///
    /// - Throws: what the storage throws.
    package func tell(_ trial: Trial, values: [Double]) throws {
        let isValid = values.count == directions.count && values.allSatisfy(\.isFinite)
        try storage.finish(trial.number, state: isValid ? .complete : .failed, values: isValid ? values : [])
    }
}
