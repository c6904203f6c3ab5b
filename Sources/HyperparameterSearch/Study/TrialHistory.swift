import Basics

/// The trials of a study as samplers and pruners see them: values turned so that less is better.
package struct TrialHistory: Sendable {
    package let space: SearchSpace
    package let directions: [Direction]
    /// By number.
    package let trials: [Trial]

    package init(space: SearchSpace, directions: [Direction], trials: [Trial]) {
        self.space = space
        self.directions = directions
        self.trials = trials
    }

    /// Complete trials with finite values, and their losses of the first objective.
    package var losses: [(trial: Trial, loss: Double)] {
        trials.compactMap { trial in
            guard trial.state == .complete, let value = trial.values.first, value.isFinite else { return nil }
            return (trial, value * directions[0].sign)
        }
    }

    /// The losses of all objectives of a complete trial; nil for others.
    package func objectives(_ trial: Trial) -> [Double]? {
        guard trial.state == .complete, trial.values.count == directions.count, trial.values.allSatisfy(\.isFinite) else { return nil }
        return zip(trial.values, directions).map { $0 * $1.sign }
    }

    /// The best complete trial of a study with one objective; the earlier one of equals.
    package var best: Trial? {
        losses.min { $0.loss < $1.loss }?.trial
    }

    /// Complete trials that no other one beats in all objectives.
    package var paretoFront: [Trial] {
        let known = trials.compactMap { trial in objectives(trial).map { (trial, $0) } }
        return known.filter { candidate in !known.contains { ParetoOrder.dominates($0.1, candidate.1) } }.map(\.0)
    }

    /// Best value after each complete trial, in order.
    package var bestSoFar: [(number: Int, value: Double)] {
        var best = Double.infinity
        return losses.map { trial, loss in
            best = min(best, loss)
            return (trial.number, best * directions[0].sign)
        }
    }
}

/// Comparison of several losses at once.
package enum ParetoOrder {
    /// Whether `a` is nowhere worse than `b`, and somewhere better.
    package static func dominates(_ a: [Double], _ b: [Double]) -> Bool {
        var isBetter = false
        for (x, y) in zip(a, b) {
            if x > y { return false }
            if x < y { isBetter = true }
        }
        return isBetter
    }

    /// Positions by front: the first is dominated by nobody, the second by the first alone, and so on (Deb et al. 2002). Quadratic.
    package static func fronts(_ points: [[Double]]) -> [[Int]] {
        var dominators = [Int](repeating: 0, count: points.count), dominated = [[Int]](repeating: [], count: points.count)
        for i in points.indices {
            for j in points.indices where dominates(points[i], points[j]) {
                dominated[i].append(j)
                dominators[j] += 1
            }
        }
        var fronts: [[Int]] = [], current = points.indices.filter { dominators[$0] == 0 }
        while !current.isEmpty {
            fronts.append(current)
            var next: [Int] = []
            for i in current {
                for j in dominated[i] {
                    dominators[j] -= 1
                    if dominators[j] == 0 { next.append(j) }
                }
            }
            current = next.sorted()
        }
        return fronts
    }

    /// Positions with their front, the fittest first: by front, and inside one the lonelier first.
    package static func ranked(_ points: [[Double]]) -> [(index: Int, front: Int, crowding: Double)] {
        fronts(points).enumerated().flatMap { front, members in
            let crowding = crowding(members.map { points[$0] })
            return members.indices.sorted { crowding[$0] > crowding[$1] }.map { (members[$0], front, crowding[$0]) }
        }
    }

    /// How alone each member of a front is: the sum over objectives of the distance between its neighbours, infinite at the ends.
    package static func crowding(_ points: [[Double]]) -> [Double] {
        var distance = [Double](repeating: 0, count: points.count)
        for objective in points.first?.indices ?? 0..<0 {
            let order = points.indices.sorted { points[$0][objective] < points[$1][objective] }
            guard let first = order.first, let last = order.last else { continue }
            let range = points[last][objective] - points[first][objective]
            (distance[first], distance[last]) = (.infinity, .infinity)
            guard range > 0, order.count > 2 else { continue }
            for k in 1..<order.count - 1 { distance[order[k]] += (points[order[k + 1]][objective] - points[order[k - 1]][objective]) / range }
        }
        return distance
    }
}
