import Basics

/// Points drawn alike from the whole space.
package struct RandomSampler: Sampler {
    package static let kind = "random"
    package static let summary = "Independent draws from the whole space."
    let seed: UInt64

    /// Draws are keyed by seed and number of the trial.
    package init(seed: UInt64) { self.seed = seed }

    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        var random = SeededRandom(seed: seed, DrawPurpose.uniform, UInt64(number))
        let space = history.space
        return Proposal(try feasible(space) { _ in space.point(units: space.parameters.map { _ in random.uniform() }) })
    }
}
