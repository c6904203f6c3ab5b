import Basics
import Foundation

/// Tree-structured Parzen estimator: draws from the density of the good points, and takes the draw that is likeliest to
/// be good rather than bad.
///
/// Bergstra et al. 2011; multivariate kernels after Falkner et al. 2018, widths from neighbours (Watanabe 2023,
/// arXiv:2304.11127). Parameters that exist under the same condition are modelled together, each such group on the
/// trials in which it exists. Running trials count as bad (constant liar), so that workers spread out. Pruned trials
/// rank behind complete ones by how far they came, then by their last report.
package struct TPESampler: Sampler {
    package static let kind = "tpe"
    package static let summary = "Tree-structured Parzen estimator: draws where good points are denser than bad ones."
    let seed: UInt64
    /// Points that are quasi-random before there is something to learn from.
    package var startup = 10
    /// Draws among which the best is taken.
    package var candidates = 24
    /// Good points: this many times the root of the number of points, and the most of them.
    package var goodFactor = 0.35
    /// The most trials that count as good.
    package var mostGood = 25

    /// With the widths and shares that were measured best; see the decision on samplers.
    package init(seed: UInt64) { self.seed = seed }

    package func propose(number: Int, _ history: TrialHistory) throws -> Proposal {
        let space = history.space
        let (ranked, running) = ranking(history)
        guard ranked.count >= startup else { return try HaltonSampler(seed: seed).propose(number: number, history) }
        var random = SeededRandom(seed: seed, DrawPurpose.parzen, UInt64(number))
        return Proposal(
            try feasible(space) { _ in
                var point = Point(repeating: .nan, count: space.parameters.count)
                for index in space.parameters.indices where space.parameters[index].isConstant {
                    point[index] = space.parameters[index].value(unit: 0.5)
                }
                for group in space.groups where space.isActive(group[0], in: point) {
                    draw(group, from: ranked, running: running, space: space, &random, into: &point)
                }
                return space.completed(point)
            })
    }

    /// Finished points from best to worst, and the points of trials under way.
    private func ranking(_ history: TrialHistory) -> (ranked: [Point], running: [Point]) {
        var known: [(point: Point, key: (Int, Int, Double), number: Int)] = [], running: [Point] = []
        let fronts = history.directions.count > 1 ? frontRanks(history) : nil
        for trial in history.trials where !trial.point.isEmpty {
            switch trial.state {
            case .complete:
                if let fronts {
                    guard let rank = fronts[trial.number] else { continue }
                    known.append((trial.point, (0, 0, rank), trial.number))
                } else if let value = trial.values.first, value.isFinite {
                    known.append((trial.point, (0, 0, value * history.directions[0].sign), trial.number))
                }
            case .pruned:
                guard let last = trial.reports.last, last.value.isFinite else { continue }
                known.append((trial.point, (1, -last.step, last.value * history.directions[0].sign), trial.number))
            case .running: running.append(trial.point)
            case .failed: break
            }
        }
        known.sort { $0.key != $1.key ? $0.key < $1.key : $0.number < $1.number }
        return (known.map(\.point), running)
    }

    /// For several objectives: the front, and inside it the lonelier first.
    private func frontRanks(_ history: TrialHistory) -> [Int: Double] {
        let (positions, losses) = history.lossTable
        return Dictionary(
            ParetoOrder.ranked(losses).enumerated().map {
                (history.trials[positions[$0.element]].number, Double($0.offset))
            }, uniquingKeysWith: { best, _ in best })
    }

    private func draw(
        _ group: [Int], from ranked: [Point], running: [Point], space: SearchSpace, _ random: inout SeededRandom,
        into point: inout Point
    ) {
        // Only trials in which the group existed say something about it.
        let known = ranked.filter { !$0[group[0]].isNaN }
        let good = min(
            max(Int(saturating: (goodFactor * Double(known.count).squareRoot()).rounded(.up)), 1), mostGood, known.count
        )
        let below = ParzenEstimator(Array(known.prefix(good)), group, space),
            above = ParzenEstimator(known.dropFirst(good) + running.filter { !$0[group[0]].isNaN }, group, space)
        var best: [Double] = [], bestScore = -Double.infinity
        for _ in 0..<candidates {
            let units = below.draw(&random)
            let score = below.logDensity(units) - above.logDensity(units)
            if score > bestScore || best.isEmpty { (best, bestScore) = (units, score) }
        }
        for (position, index) in group.enumerated() {
            point[index] = space.parameters[index].value(unit: best[position])
        }
    }
}
