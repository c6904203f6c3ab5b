import Basics

/// How much of the variation of the objective each parameter explains by itself: functional ANOVA on a random forest
/// (Hutter, Hoos & Leyton-Brown 2014).
package enum ParameterImportance {
    /// Shares of the variance over the whole space, largest first; what they leave of 1 is due to interactions.
    /// Parameters that do not exist in some trials stand in the middle of their range there. Empty for fewer than four
    /// complete trials or an objective that does not vary.
    package static func functionalANOVA(_ history: TrialHistory, seed: UInt64 = 1) -> [(name: String, share: Double)] {
        let space = history.space, known = history.losses
        let free = space.parameters.indices.filter { !space.parameters[$0].isConstant }
        guard known.count >= 4, !free.isEmpty else { return [] }
        let points = known.map { entry in
            free.map { entry.trial.point[$0].isNaN ? 0.5 : space.parameters[$0].unit(value: entry.trial.point[$0]) }
        }
        let forest = RegressionForest(points: points, values: known.map(\.loss), seed: seed)
        var shares = [Double](repeating: 0, count: free.count), counted = 0.0
        for leaves in forest.trees {
            let mean = leaves.reduce(0) { $0 + $1.volume * $1.value }
            let total = leaves.reduce(0) { $0 + $1.volume * ($1.value - mean) * ($1.value - mean) }
            guard total > 0 else { continue }
            counted += 1
            for dimension in free.indices {
                shares[dimension] += marginalVariance(leaves, dimension, mean: mean) / total
            }
        }
        guard counted > 0 else { return [] }
        return free.indices.map { (space.parameters[free[$0]].name, shares[$0] / counted) }.sorted { $0.1 > $1.1 }
    }

    /// Variance of the mean over all other dimensions, as a function of one: constant between the cuts.
    private static func marginalVariance(_ leaves: [RegressionForest.Leaf], _ dimension: Int, mean: Double) -> Double {
        let cuts = Set(leaves.flatMap { [$0.lower[dimension], $0.upper[dimension]] }).sorted()
        return zip(cuts, cuts.dropFirst()).reduce(0) { sum, interval in
            let (a, b) = interval
            // The cube has side 1, so a leaf's share of the slice is its volume over its length here.
            let value = leaves.reduce(0) {
                $1.lower[dimension] <= a && $1.upper[dimension] >= b
                    ? $0 + $1.value * $1.volume / ($1.upper[dimension] - $1.lower[dimension]) : $0
            }
            return sum + (b - a) * (value - mean) * (value - mean)
        }
    }
}
