import Backtesting
import Basics
import Foundation
import Promotion

/// Trials as daily returns alone, without bars: what the rules about money say of the best of them, thousands of cases
/// a second. Rules about predictions count as given here, so rates of passing are upper bounds.
struct DailyCase {
    /// Trials that one scenario brings, and how alike they are: strategies of one model share two thirds of their
    /// variance, models without one feature nine tenths. On ``MadeMarket`` it is 0.59 and 0.77.
    private static func shape(_ scenario: Scenario) -> (models: Int, strategies: Int, shared: Double) {
        switch scenario {
        case .single: (1, 1, 0)
        case .strategies: (1, 50, 0.65)
        case .features: (9, 1, 0.9)
        case .both: (9, 50, 0.65)
        }
    }

    let evidence: GateEvidence
    let sharpe: Double

    /// - Parameter skill: the true daily ratio of every trial.
    init(_ scenario: Scenario, days: Int, skill: Double, shared other: Double? = nil, seed: UInt64) {
        let shape = DailyCase.shape(scenario), shared = other ?? shape.shared, count = shape.models * shape.strategies
        var random = SeededRandom(seed: seed, 0xDA1)
        var wander = 0.3 * random.normal()
        var trials = [[Double]](repeating: [], count: count)
        for _ in 0..<days {
            wander = 0.9 * wander + 0.3 * (1 - 0.81).squareRoot() * random.normal()
            let scale = 0.01 * exp(wander - 0.045), common = random.normal()
            for k in 0..<count {
                trials[k].append(
                    0.01 * skill + scale * (shared.squareRoot() * common + (1 - shared).squareRoot() * random.normal()))
            }
        }
        let ratios = trials.map { PerformanceStatistics($0)?.sharpe ?? 0 }
        let best = ratios.indices.max { ratios[$0] < ratios[$1] } ?? 0
        sharpe = ratios[best]
        var result = BarBacktest.Result()
        result.dailyReturns = trials[best].map { $0 / 5 }
        result.days = trials[best].indices.map { CivilDate(daysSince1970: 19_000 + $0) }
        result.trades = 10 * days
        var evidence = GateEvidence(
            subject: "made/1",
            predictions: Predictions(kind: .basisPoints, bars: [], targets: [], baselineScore: 0, horizon: 1),
            metrics: ["ic": 0.05], baselineMetrics: [:], backtest: result, market: BarBacktest.Result(), trials: count,
            // Of every model its first evaluation is on record.
            trialSharpes: (0..<shape.models).map { ratios[$0 * shape.strategies] }, lineageKinds: [], dirtyFiles: [])
        evidence.costBps = 1
        self.evidence = evidence
    }
}
