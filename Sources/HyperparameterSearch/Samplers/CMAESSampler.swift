import Basics
import Foundation

/// Covariance matrix adaptation: a normal distribution that moves, grows and turns towards what was better in each
/// generation.
///
/// Hansen 2016 (arXiv:1604.00772) with negative weights ("active"), on numbers in the unit cube; discrete numbers are
/// rounded, choices are drawn at random, and parameters with a condition from the whole range. Starts between the two
/// best of one generation of quasi-random points.
package final class CMAESSampler: Sampler {
    package static let kind = "cmaes"
    package static let summary = "Evolution of a normal distribution over the numbers of the space (CMA-ES)."
    private let seed: UInt64
    private let startSigma: Double
    /// The last generation that was computed; a function of the trials that it lists.
    private let cache = Guarded<(generation: Int, members: [[Int]], state: EvolutionState)?>(nil)

    /// Starts with a deviation of 0.12 of each range.
    package convenience init(seed: UInt64) { self.init(seed: seed, sigma: 0.12) }

    /// - Parameter sigma: deviation of the first generation, as a share of each range.
    package init(seed: UInt64, sigma: Double) {
        self.seed = seed
        startSigma = sigma
    }

    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        let space = history.space
        let free = space.parameters.indices.filter {
            space.parameters[$0].condition == nil && !space.parameters[$0].isChoice && !space.parameters[$0].isConstant
        }
        guard !free.isEmpty else { return try RandomSampler(seed: seed).propose(number: number, history) }
        let (generation, state) = current(history, free)
        guard let state else {
            return Proposal(try HaltonSampler(seed: seed).propose(number: number, history).point, tag: 0)
        }
        var random = SeededRandom(seed: seed, DrawPurpose.evolution, UInt64(number))
        let point = try feasible(space) { _ in
            var units = space.parameters.map { _ in random.uniform() }
            for (position, unit) in state.draw(&random).enumerated() { units[free[position]] = unit }
            return space.point(units: units)
        }
        return Proposal(point, tag: generation)
    }

    /// The distribution that the finished generations lead to; nil while the first, quasi-random one is not complete.
    private func current(_ history: TrialHistory, _ free: [Int]) -> (Int, EvolutionState?) {
        let size = EvolutionState.populationSize(free.count)
        var members: [Int: [(trial: Trial, loss: Double)]] = [:]
        for (trial, loss) in scored(history) { members[trial.tag, default: []].append((trial, loss)) }
        var generation = 0, state: EvolutionState?, used: [[Int]] = []
        if let known = cache.value,
            known.members.enumerated().allSatisfy({ index, numbers in
                numbers == Array((members[index] ?? []).prefix(size).map(\.trial.number))
            })
        {
            (generation, state, used) = (known.generation, known.state, known.members)
        }
        while let group = members[generation], group.count >= size {
            let chosen = group.prefix(size).sorted { ($0.loss, $0.trial.number) < ($1.loss, $1.trial.number) }
            let points = chosen.map { entry in
                free.map { history.space.parameters[$0].unit(value: entry.trial.point[$0]) }
            }
            if var next = state {
                next.update(points)
                state = next
            } else {
                state = EvolutionState(mean: zip(points[0], points[1]).map { ($0 + $1) / 2 }, sigma: startSigma)
            }
            used.append(group.prefix(size).map(\.trial.number))
            generation += 1
        }
        if let state { cache.update { [generation, used] in $0 = (generation, used, state) } }
        return (generation, state)
    }

    /// Finished trials by number; pruned ones stand behind every complete one, in the order of their numbers.
    private func scored(_ history: TrialHistory) -> [(trial: Trial, loss: Double)] {
        let sign = history.directions[0].sign
        return history.trials.compactMap { trial in
            switch trial.state {
            case .complete: trial.values.first.flatMap { $0.isFinite ? (trial, $0 * sign) : nil }
            case .pruned: (trial, .infinity)
            case .running, .failed: nil
            }
        }
    }
}

/// The normal distribution of an evolution strategy and its paths.
struct EvolutionState: Sendable {
    private var mean: [Double]
    private var sigma: Double
    /// Row by row.
    private var covariance: [Double]
    private var pathSigma: [Double]
    private var pathCovariance: [Double]
    private var eigenvectors: [Double]
    private var deviations: [Double]
    private var generation = 0

    /// Points per generation for a number of dimensions. A third of Hansen's 3·ln n beyond four: a search has a hundred
    /// trials, not ten thousand, and more generations of fewer points reach further in them (measured on the functions
    /// of the search benchmark).
    static func populationSize(_ n: Int) -> Int { 4 + Int(saturating: log(Double(n))) }

    init(mean: [Double], sigma: Double) {
        let n = mean.count
        self.mean = mean
        self.sigma = sigma
        covariance = SymmetricMatrix.identity(n)
        eigenvectors = SymmetricMatrix.identity(n)
        deviations = [Double](repeating: 1, count: n)
        pathSigma = [Double](repeating: 0, count: n)
        pathCovariance = pathSigma
    }

    /// A draw inside the unit cube: outside it is drawn again, and in the end moved to the edge.
    func draw(_ random: inout SeededRandom) -> [Double] {
        let n = mean.count
        var x = mean
        for _ in 0..<100 {
            let z = (0..<n).map { deviations[$0] * random.approximateNormal() }
            for i in 0..<n {
                var sum = 0.0
                for k in 0..<n { sum += eigenvectors[i * n + k] * z[k] }
                x[i] = mean[i] + sigma * sum
            }
            if x.allSatisfy({ (0...1).contains($0) }) { return x }
        }
        return x.map { min(max($0, 0), 1) }
    }

    /// - Parameter points: a whole generation, from best to worst.
    mutating func update(_ points: [[Double]]) {
        let n = mean.count, lambda = points.count, mu = lambda / 2, dimension = Double(n)
        let raw = (0..<lambda).map { log((Double(lambda) + 1) / 2) - log(Double($0 + 1)) }
        func effective(_ part: ArraySlice<Double>) -> Double {
            let sum = part.reduce(0, +), squares = part.reduce(0) { $0 + $1 * $1 }
            return squares > 0 ? sum * sum / squares : 0
        }
        let muEffective = effective(raw[..<mu]), muNegative = effective(raw[mu...])
        let c1 = 2 / ((dimension + 1.3) * (dimension + 1.3) + muEffective)
        let cMu = min(
            1 - c1, 2 * (muEffective - 2 + 1 / muEffective) / ((dimension + 2) * (dimension + 2) + muEffective))
        let cSigma = (muEffective + 2) / (dimension + muEffective + 5)
        let dSigma = 1 + 2 * max(0, ((muEffective - 1) / (dimension + 1)).squareRoot() - 1) + cSigma
        let cC = (4 + muEffective / dimension) / (dimension + 4 + 2 * muEffective / dimension)
        let positive = raw[..<mu].reduce(0, +), negative = -raw[mu...].filter { $0 < 0 }.reduce(0, +)
        // Negative weights as far as the matrix stays positive definite.
        let scale = min(1 + c1 / cMu, 1 + 2 * muNegative / (muEffective + 2), (1 - c1 - cMu) / (dimension * cMu))
        let weights = raw.map { $0 >= 0 ? $0 / positive : (negative > 0 ? scale * $0 / negative : 0) }

        let steps = points.map { point in (0..<n).map { (point[$0] - mean[$0]) / sigma } }
        var shift = [Double](repeating: 0, count: n)
        for k in 0..<mu { for i in 0..<n { shift[i] += weights[k] * steps[k][i] } }
        for i in 0..<n { mean[i] = min(max(mean[i] + sigma * shift[i], 0), 1) }
        generation += 1

        let white = whitened(shift), keep = (cSigma * (2 - cSigma) * muEffective).squareRoot()
        for i in 0..<n { pathSigma[i] = (1 - cSigma) * pathSigma[i] + keep * white[i] }
        let norm = pathSigma.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let expected = dimension.squareRoot() * (1 - 1 / (4 * dimension) + 1 / (21 * dimension * dimension))
        let isSteady =
            norm / (1 - pow(1 - cSigma, 2 * Double(generation))).squareRoot() < (1.4 + 2 / (dimension + 1)) * expected
        // A path that has grown too long would blow the matrix up while the step size catches up.
        let h = isSteady ? 1.0 : 0
        let keepC = h * (cC * (2 - cC) * muEffective).squareRoot()
        for i in 0..<n { pathCovariance[i] = (1 - cC) * pathCovariance[i] + keepC * shift[i] }

        let sum = weights.reduce(0, +), decay = 1 + c1 * (1 - h) * cC * (2 - cC) - c1 - cMu * sum
        let scaled = zip(weights, steps).map { weight, step -> Double in
            guard weight < 0 else { return weight }
            let length = whitened(step).reduce(0) { $0 + $1 * $1 }
            return weight * dimension / max(length, 1e-12)
        }
        for i in 0..<n {
            for j in 0...i {
                var value = decay * covariance[i * n + j] + c1 * pathCovariance[i] * pathCovariance[j]
                for k in 0..<lambda { value += cMu * scaled[k] * steps[k][i] * steps[k][j] }
                covariance[i * n + j] = value
                covariance[j * n + i] = value
            }
        }
        sigma = min(max(sigma * exp(cSigma / dSigma * (norm / expected - 1)), 1e-8), 1)
        let (values, vectors) = SymmetricMatrix.eigen(covariance, n)
        eigenvectors = vectors
        deviations = values.map { max($0, 1e-20).squareRoot() }
    }

    /// C^(−1/2) v.
    private func whitened(_ v: [Double]) -> [Double] {
        let n = v.count
        let rotated = (0..<n).map { k in (0..<n).reduce(0) { $0 + eigenvectors[$1 * n + k] * v[$1] } / deviations[k] }
        return (0..<n).map { i in (0..<n).reduce(0) { $0 + eigenvectors[i * n + $1] * rotated[$1] } }
    }
}
