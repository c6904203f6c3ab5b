import Basics
import Foundation

/// Evolution for several objectives: parents by front and crowding distance, children by simulated binary crossover and
/// mutation (Deb et al. 2002).
package struct NSGA2Sampler: Sampler {
    package static let kind = "nsga2"
    package static let summary = "Evolution for several objectives, by front and crowding distance."
    let seed: UInt64
    /// Parents; also the quasi-random trials at the start.
    package var populationSize = 24
    /// Probability that a child mixes two parents.
    package var crossover = 0.9

    /// A population of 24, crossed with probability 0.9.
    package init(seed: UInt64) { self.seed = seed }

    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        let space = history.space
        let (positions, losses) = history.lossTable
        guard positions.count >= populationSize else {
            return try HaltonSampler(seed: seed).propose(number: number, history)
        }
        // The fittest of all trials so far are the parents: nothing good is ever forgotten, and workers need not wait
        // for a generation's end.
        let parents = ParetoOrder.ranked(losses, limit: populationSize).prefix(populationSize)
        var random = SeededRandom(seed: seed, DrawPurpose.genetic, UInt64(number))
        // Parents are in the order of their fitness, so the smaller position wins.
        func tournament() -> Point {
            let a = random.index(below: parents.count), b = random.index(below: parents.count)
            return history.trials[positions[parents[min(a, b)]]].point
        }
        return Proposal(
            try feasible(space) { attempt in
                child(of: tournament(), tournament(), space, mutates: attempt > 100, &random)
            })
    }

    private func child(of a: Point, _ b: Point, _ space: SearchSpace, mutates: Bool, _ random: inout SeededRandom)
        -> Point
    {
        let isCrossed = random.uniform() < crossover, mutation = 1 / Double(max(space.parameters.count, 1))
        let units = space.parameters.indices.map { index -> Double in
            let parameter = space.parameters[index]
            var (x, y) = (unit(a, index, parameter, &random), unit(b, index, parameter, &random))
            if random.uniform() < 0.5 { swap(&x, &y) }
            var child = x
            if isCrossed {
                if parameter.isChoice {
                    if random.uniform() < 0.5 { child = y }
                } else {
                    // Simulated binary crossover with a distribution index of 10.
                    let u = random.uniform(), beta = u < 0.5 ? pow(2 * u, 1 / 11) : pow(1 / (2 * (1 - u)), 1 / 11)
                    child = 0.5 * ((1 + beta) * x + (1 - beta) * y)
                }
            }
            if mutates || random.uniform() < mutation {
                if parameter.isChoice { return random.uniform() }
                let u = random.uniform()
                child += u < 0.5 ? pow(2 * u, 1 / 21) - 1 : 1 - pow(2 * (1 - u), 1 / 21)
            }
            return min(max(child, 0), 1)
        }
        return space.point(units: units)
    }

    /// A parent's place; at random where the parameter did not exist for it.
    private func unit(_ point: Point, _ index: Int, _ parameter: SearchParameter, _ random: inout SeededRandom)
        -> Double
    {
        let u = random.uniform()
        return point[index].isNaN ? u : parameter.unit(value: point[index])
    }
}
