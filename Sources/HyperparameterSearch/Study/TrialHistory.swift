import Basics

/// The trials of a study as samplers and pruners see them: values turned so that less is better.
package struct TrialHistory: Sendable {
    /// Where trials may look.
    package let space: SearchSpace
    /// One an objective.
    package let directions: [Direction]
    /// By number.
    package let trials: [Trial]

    /// - Parameter trials: by number.
    package init(space: SearchSpace, directions: [Direction], trials: [Trial]) {
        self.space = space
        self.directions = directions
        self.trials = trials
    }

    /// Points that failed for what they are, by the bits of their numbers. One whose worker was lost is tried again as
    /// another trial, and has not failed itself.
    package var failedPoints: Set<[UInt64]> {
        let again = Set(trials.compactMap(\.retryOf))
        return Set(
            trials.lazy.filter { $0.state == .failed && !$0.point.isEmpty && !again.contains($0.number) }.map {
                $0.point.map(\.bitPattern)
            })
    }

    /// As if nothing was tried but what failed.
    var withFailedAlone: TrialHistory {
        TrialHistory(space: space, directions: directions, trials: trials.filter { $0.state == .failed })
    }

    /// Complete trials with finite values, and their losses of the first objective.
    package var losses: [(trial: Trial, loss: Double)] {
        trials.compactMap { trial in
            guard trial.state == .complete, let value = trial.values.first, value.isFinite else { return nil }
            return (trial, value * directions[0].sign)
        }
    }

    /// The losses of all complete trials, and where in ``trials`` they are.
    package var lossTable: (positions: [Int], losses: LossTable) {
        var positions: [Int] = [], values: [Double] = []
        positions.reserveCapacity(trials.count)
        values.reserveCapacity(trials.count * directions.count)
        for position in trials.indices
        where trials[position].state == .complete && trials[position].values.count == directions.count {
            guard trials[position].values.allSatisfy(\.isFinite) else { continue }
            positions.append(position)
            for k in directions.indices { values.append(trials[position].values[k] * directions[k].sign) }
        }
        return (positions, LossTable(values, width: directions.count))
    }

    /// Complete trials with a finite value of every objective.
    package var measured: [Trial] { lossTable.positions.map { trials[$0] } }

    /// The best complete trial of a study with one objective; the earlier one of equals.
    package var best: Trial? {
        losses.min { $0.loss < $1.loss }?.trial
    }

    /// Complete trials that no other one beats in all objectives.
    package var paretoFront: [Trial] {
        let (positions, losses) = lossTable
        return (ParetoOrder.fronts(losses).first ?? []).map { trials[positions[$0]] }
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

/// Rows of losses, one per trial, one column per objective.
package struct LossTable: Sendable {
    /// Row by row: `[count][width]`.
    package let values: [Double]
    /// Objectives.
    package let width: Int

    /// - Parameter values: `[count][width]`; less is better in every column.
    package init(_ values: [Double], width: Int) {
        self.values = values
        self.width = width
    }

    /// Rows.
    package var count: Int { width > 0 ? values.count / width : 0 }
    /// The loss of a row in one objective.
    package subscript(row: Int, column: Int) -> Double { values[row * width + column] }
    /// The rows at these positions, in their order.
    package func rows(_ positions: [Int]) -> LossTable {
        LossTable(positions.flatMap { values[$0 * width..<($0 + 1) * width] }, width: width)
    }
}

/// Comparison of several losses at once.
package enum ParetoOrder {
    /// Positions by front: the first is dominated by nobody, the second by the first alone, and so on (Deb et al.
    /// 2002).
    ///
    /// In lexicographic order nobody is dominated by a later one, and whoever a front dominates is dominated by all
    /// fronts before it, so each point finds its front by bisection (Zhang et al. 2015, ENS-BS): n log n comparisons
    /// with one objective, quadratic at worst with several.
    package static func fronts(_ points: LossTable) -> [[Int]] {
        var fronts: [[Int]] = []
        points.values.withUnsafeBufferPointer { values in
            let width = points.width
            func precedes(_ a: Int, _ b: Int) -> Bool {
                for k in 0..<width where values[a * width + k] != values[b * width + k] {
                    return values[a * width + k] < values[b * width + k]
                }
                return a < b
            }
            func dominates(_ a: Int, _ b: Int) -> Bool {
                var isBetter = false
                for k in 0..<width {
                    let x = values[a * width + k], y = values[b * width + k]
                    if x > y { return false }
                    if x < y { isBetter = true }
                }
                return isBetter
            }
            for point in (0..<points.count).sorted(by: precedes) {
                var low = 0, high = fronts.count
                while low < high {
                    let middle = (low + high) / 2
                    // The latest members are the nearest, and dominate most often.
                    if fronts[middle].last.map({ dominates($0, point) }) == true
                        || fronts[middle].contains(where: { dominates($0, point) })
                    {
                        low = middle + 1
                    } else {
                        high = middle
                    }
                }
                if low == fronts.count { fronts.append([point]) } else { fronts[low].append(point) }
            }
        }
        for k in fronts.indices where fronts[k].count > 1 { fronts[k].sort() }
        return fronts
    }

    /// The fittest positions, the best first: by front, and inside one the lonelier first.
    /// - Parameter limit: how many are asked for; a front that holds the last of them is ranked whole.
    package static func ranked(_ points: LossTable, limit: Int = .max) -> [Int] {
        var ranked: [Int] = []
        for members in fronts(points) {
            if ranked.count >= limit { break }
            if members.count == 1 {
                ranked.append(members[0])
                continue
            }
            let crowding = crowding(points.rows(members))
            ranked += members.indices.sorted { crowding[$0] > crowding[$1] }.map { members[$0] }
        }
        return ranked
    }

    /// How alone each member of a front is: the sum over objectives of the distance between its neighbours, infinite at
    /// the ends.
    package static func crowding(_ points: LossTable) -> [Double] {
        var distance = [Double](repeating: 0, count: points.count)
        for objective in 0..<points.width {
            let order = (0..<points.count).sorted { points[$0, objective] < points[$1, objective] }
            guard let first = order.first, let last = order.last else { continue }
            let range = points[last, objective] - points[first, objective]
            (distance[first], distance[last]) = (.infinity, .infinity)
            guard range > 0, order.count > 2 else { continue }
            for k in 1..<order.count - 1 {
                distance[order[k]] += (points[order[k + 1], objective] - points[order[k - 1], objective]) / range
            }
        }
        return distance
    }
}
