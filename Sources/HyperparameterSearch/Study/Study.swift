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
        let proposal = try propose(trial.number, try history())
        (trial.point, trial.tag) = (proposal.point, proposal.tag)
        try storage.propose(trial.number, point: trial.point, tag: trial.tag)
        return trial
    }

    /// Draws that are made again where the sampler comes back to a point that failed.
    private static let mostDraws = 32

    /// What the sampler proposes, unless that very point has failed: then its next draw that has not.
    ///
    /// - Throws: ``SearchError/exhausted`` where every point of a finite space has failed.
    private func propose(_ number: Int, _ history: TrialHistory) throws -> Proposal {
        let failed = history.failedPoints
        var proposal = try sampler.propose(number: number, history)
        guard !failed.isEmpty else { return proposal }
        for draw in 1...Study.mostDraws {
            guard failed.contains(proposal.point.map(\.bitPattern)) else { return proposal }
            // Draws are keyed by number; these are of trials that no study comes to.
            proposal = try sampler.propose(number: number + draw << 40, history)
        }
        guard failed.contains(proposal.point.map(\.bitPattern)), space.isFinite else { return proposal }
        return Proposal(
            try GridSampler().propose(number: number, history.withFailedAlone).point, tag: proposal.tag)
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
