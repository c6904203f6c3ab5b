import Basics
import Foundation

/// Gaussian process with expected improvement, for budgets of a few hundred trials: each proposal costs more than other
/// samplers' and looks further.
///
/// Log expected improvement (Ament et al. 2023, arXiv:2310.20708) is maximised from the best of many quasi-random and
/// nearby places by L-BFGS. Discrete numbers are rounded, choices enter as one coordinate per value; running trials are
/// taken at the predicted mean.
package struct GaussianProcessSampler: Sampler {
    package static let kind = "gp"
    package static let summary = "Gaussian process with expected improvement; for budgets of a few hundred trials."
    private let seed: UInt64
    private let startup: Int
    /// The fit sees the best and the latest trials, so that its cost stays bounded.
    private static let mostPoints = 300

    /// Begins with ten quasi-random trials.
    package init(seed: UInt64) { self.init(seed: seed, startup: 10) }

    /// - Parameter startup: quasi-random points before the first fit.
    package init(seed: UInt64, startup: Int) {
        self.seed = seed
        self.startup = startup
    }

    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        let space = history.space, encoding = Encoding(space)
        var known = history.losses.map { (encoding.encode($0.trial.point), $0.loss) }
        guard known.count >= startup else { return try HaltonSampler(seed: seed).propose(number: number, history) }
        if known.count > Self.mostPoints {
            let order = known.indices.sorted { known[$0].1 < known[$1].1 }
            let kept = Set(order.prefix(Self.mostPoints / 3)).union(known.indices.suffix(Self.mostPoints * 2 / 3))
            known = known.indices.filter(kept.contains).map { known[$0] }
        }
        var points = known.map(\.0), values = GaussianProcessSampler.standardised(known.map(\.1))
        guard var process = GaussianProcess(points: points, values: values) else {
            return try HaltonSampler(seed: seed).propose(number: number, history)
        }
        for trial in history.trials where trial.state == .running && !trial.point.isEmpty && trial.number != number {
            let x = encoding.encode(trial.point)
            values.append(process.predict(x).mean)
            points.append(x)
        }
        if points.count > known.count,
            let liar = GaussianProcess(points: points, values: values, start: process.hyperparameters)
        {
            process = liar
        }
        return Proposal(
            try best(
                process, values: values, points: points, encoding,
                tried: Set(history.trials.map { $0.point.map(\.bitPattern) }), number: number))
    }

    /// Ranks squeeze what lies far above the median, so that one terrible trial does not flatten the rest.
    private static func standardised(_ losses: [Double]) -> [Double] {
        let sorted = losses.sorted(), median = sorted[sorted.count / 2]
        let below = losses.filter { $0 <= median }
        let spread = max(
            (below.reduce(0) { $0 + ($1 - median) * ($1 - median) } / Double(max(below.count, 1))).squareRoot(),
            1e-12 * max(abs(median), 1e-300))
        let squeezed = losses.map { loss -> Double in
            let z = (loss - median) / spread
            return z > 0 ? log1p(z) : z
        }
        let mean = squeezed.reduce(0, +) / Double(squeezed.count)
        let deviation = max(
            (squeezed.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(squeezed.count)).squareRoot(), 1e-12)
        return squeezed.map { ($0 - mean) / deviation }
    }

    private func best(
        _ process: GaussianProcess, values: [Double], points: [[Double]], _ encoding: Encoding, tried: Set<[UInt64]>,
        number: Int
    ) throws -> Point {
        let space = encoding.space, goal = values.min() ?? 0
        var random = SeededRandom(seed: seed, DrawPurpose.gaussian, UInt64(number))
        let offset = Int(random.next() >> 44)
        func score(_ x: [Double]) -> Double {
            let p = process.predict(x)
            return logImprovement((goal - p.mean) / p.variance.squareRoot()) + 0.5 * log(p.variance)
        }
        var starts: [(x: [Double], score: Double)] = []
        for k in 0..<512 {
            let point = space.point(units: Halton.point(offset + k, dimensions: space.parameters.count, seed: seed))
            if space.isFeasible(point) {
                let x = encoding.encode(point)
                starts.append((x, score(x)))
            }
        }
        let incumbents = values.indices.sorted { values[$0] < values[$1] }.prefix(5)
        for index in incumbents {
            for width in [0.003, 0.01, 0.03, 0.1] {
                let x = points[index].map { min(max($0 + random.approximateNormal() * width, 0), 1) }
                starts.append((x, score(x)))
            }
        }
        starts.sort { $0.score > $1.score }
        let zeros = [Double](repeating: 0, count: encoding.width), ones = zeros.map { _ in 1.0 }
        var found: (point: Point, score: Double)?
        for start in starts.prefix(6) {
            let end = BoxMinimizer.minimize(from: start.x, lower: zeros, upper: ones, iterations: 40) { x, gradient in
                let p = process.predict(x, gradients: true), sigma = p.variance.squareRoot(),
                    z = (goal - p.mean) / sigma
                let (value, slope) = logImprovementWithSlope(z)
                for c in gradient.indices {
                    let dSigma = p.varianceGradient[c] / (2 * sigma)
                    gradient[c] = -(slope * (-p.meanGradient[c] - z * dSigma) / sigma + dSigma / sigma)
                }
                return -(value + 0.5 * log(p.variance))
            }
            let point = encoding.decode(end.at)
            // The same point again would say nothing new.
            guard space.isFeasible(point), !tried.contains(point.map(\.bitPattern)) else { continue }
            // What is rounded is judged where it lands.
            let value = score(encoding.encode(point))
            if found.map({ value > $0.score }) ?? true { found = (point, value) }
        }
        if let found { return found.point }
        let fresh = starts.lazy.map { encoding.decode($0.x) }.first {
            space.isFeasible($0) && !tried.contains($0.map(\.bitPattern))
        }
        return try fresh ?? feasible(space) { _ in space.point(units: space.parameters.map { _ in random.uniform() }) }
    }

    private func logImprovement(_ z: Double) -> Double { logImprovementWithSlope(z).value }

    /// log(φ(z) + z·Φ(z)) and its derivative, stable far below the mean.
    private func logImprovementWithSlope(_ z: Double) -> (value: Double, slope: Double) {
        let density = exp(-0.5 * z * z) * 0.3989422804014327, below = StandardNormal.below(z)
        if z > -6 {
            let h = density + z * below
            if h > 0 { return (log(h), below / h) }
        }
        // φ(z)/z² · (1 − 3/z² + 15/z⁴) from the asymptotic series of Φ.
        let q = 1 / (z * z), series = q * (1 - 3 * q + 15 * q * q)
        return (-0.5 * z * z - 0.9189385332046727 + log(max(series, 1e-300)), -z - 2 / z)
    }

    /// A point as coordinates in [0, 1]: numbers as they are, choices as one coordinate per value, parameters that do
    /// not exist in the middle.
    private struct Encoding {
        let space: SearchSpace
        private let offsets: [Int]
        let width: Int

        init(_ space: SearchSpace) {
            self.space = space
            var offsets: [Int] = [], width = 0
            for parameter in space.parameters {
                offsets.append(width)
                if parameter.isConstant { continue }
                width += parameter.isChoice ? parameter.count ?? 1 : 1
            }
            (self.offsets, self.width) = (offsets, width)
        }

        func encode(_ point: Point) -> [Double] {
            var x = [Double](repeating: 0.5, count: width)
            for (index, parameter) in space.parameters.enumerated() where !parameter.isConstant && !point[index].isNaN {
                if parameter.isChoice {
                    for k in 0..<(parameter.count ?? 1) { x[offsets[index] + k] = Double(k) == point[index] ? 1 : 0 }
                } else {
                    x[offsets[index]] = parameter.unit(value: point[index])
                }
            }
            return x
        }

        func decode(_ x: [Double]) -> Point {
            let units = space.parameters.indices.map { index -> Double in
                let parameter = space.parameters[index]
                if parameter.isConstant { return 0.5 }
                guard parameter.isChoice, let count = parameter.count else { return x[offsets[index]] }
                let chosen = (0..<count).max { x[offsets[index] + $0] < x[offsets[index] + $1] } ?? 0
                return (Double(chosen) + 0.5) / Double(count)
            }
            return space.point(units: units)
        }
    }
}
