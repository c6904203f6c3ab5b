import Basics

/// Random regression trees over the unit cube, for how much each dimension matters. Choices are split by position, one
/// value from the rest.
struct RegressionForest {
    /// A box of the cube and the mean of the values in it.
    struct Leaf {
        var lower: [Double]
        var upper: [Double]
        let value: Double
        var volume: Double { zip(lower, upper).reduce(1) { $0 * ($1.1 - $1.0) } }
    }

    /// The leaves of each tree; those of one tree tile the cube.
    let trees: [[Leaf]]

    init(points: [[Double]], values: [Double], trees count: Int = 64, depth: Int = 64, seed: UInt64) {
        let dimensions = points.first?.count ?? 0
        trees = (0..<count).map { tree in
            var random = SeededRandom(seed: seed, DrawPurpose.forest, UInt64(tree))
            let sample = points.indices.map { _ in random.index(below: points.count) }
            var leaves: [Leaf] = []
            RegressionForest.grow(
                sample, points, values, lower: [Double](repeating: 0, count: dimensions),
                upper: [Double](repeating: 1, count: dimensions), depth: depth, &random, into: &leaves)
            return leaves
        }
    }

    private static func grow(
        _ sample: [Int], _ points: [[Double]], _ values: [Double], lower: [Double], upper: [Double], depth: Int,
        _ random: inout SeededRandom, into leaves: inout [Leaf]
    ) {
        let n = Double(sample.count), sum = sample.reduce(0) { $0 + values[$1] }
        var best: (gain: Double, dimension: Int, cut: Double)?
        if depth > 0, sample.count >= 2 {
            for dimension in lower.indices {
                let order = sample.sorted { points[$0][dimension] < points[$1][dimension] }
                var left = 0.0
                for k in 0..<order.count - 1 {
                    left += values[order[k]]
                    let a = points[order[k]][dimension], b = points[order[k + 1]][dimension]
                    guard a < b else { continue }
                    let count = Double(k + 1), right = sum - left
                    let gain = left * left / count + right * right / (n - count) - sum * sum / n
                    if gain > best?.gain ?? 1e-12 {
                        best = (gain, dimension, a + (b - a) * (0.25 + 0.5 * random.uniform()))
                    }
                }
            }
        }
        guard let best else {
            leaves.append(Leaf(lower: lower, upper: upper, value: sum / max(n, 1)))
            return
        }
        var (middleUpper, middleLower) = (upper, lower)
        middleUpper[best.dimension] = best.cut
        middleLower[best.dimension] = best.cut
        grow(
            sample.filter { points[$0][best.dimension] <= best.cut }, points, values, lower: lower, upper: middleUpper,
            depth: depth - 1, &random, into: &leaves)
        grow(
            sample.filter { points[$0][best.dimension] > best.cut }, points, values, lower: middleLower, upper: upper,
            depth: depth - 1, &random, into: &leaves)
    }
}
