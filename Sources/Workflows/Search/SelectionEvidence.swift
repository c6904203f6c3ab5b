package import Backtesting
package import Basics
package import HyperparameterSearch
package import Registry

/// How far the winner of a search can be believed, given that it is the best of many.
package struct SelectionEvidence: Sendable, Equatable {
    /// All trials begun, also failed and pruned ones: what the deflated ratio has to count.
    package var trials: Int
    /// Other trainings of the experiment or on the same data, which a gate counts too.
    package var otherTrials: Int
    /// Of the winner's returns after costs, per period: equal stretches of the validation span.
    package var sharpe: Double
    package var standardError: Double
    package var periods: Int
    package var deflatedSharpe: Double
    /// The ratio that the best of so many unskilled trials would be expected to show.
    package var expectedMaximum: Double
    /// Periods below which the best of so many unskilled trials would be expected to show the winner's ratio; nil where
    /// it is not above zero.
    package var minimumPeriods: Double?
    /// Between the returns of complete trials, and the independent trials that all amount to with it; nil with fewer
    /// than two.
    package var meanCorrelation: Double?
    package var effectiveTrials: Double? {
        meanCorrelation.map { PerformanceStatistics.effectiveTrials(trials, meanCorrelation: $0) }
    }
    /// By combinatorially symmetric cross-validation over the complete trials; nil where there are too few trials or
    /// periods.
    package var overfitting: BacktestOverfitting?
    package var overfittingTrials: Int

    /// Metric under which a trial's after-cost returns per period are kept.
    static let returnsMetric = "val.period_return"
    private static let blocks = 16

    /// Nil where trials have no returns, because the search has no strategy, or no complete trial.
    package static func collect(study: String, directions: [Direction], space: SearchSpace, registry: RegistryDatabase)
        throws -> SelectionEvidence?
    {
        let records = try registry.trials(study: study).trials
        let trials = try records.map(RegistryStudyStorage.trial)
        guard let best = TrialHistory(space: space, directions: directions, trials: trials).best else { return nil }
        var returns: [(number: Int, values: [Double])] = []
        for record in records where record.state == Trial.State.complete.rawValue {
            guard let run = record.run else { continue }
            let values = try registry.history(run: run, metric: returnsMetric).map(\.value)
            if !values.isEmpty { returns.append((record.number, values)) }
        }
        guard let own = returns.first(where: { $0.number == best.number })?.values, !own.isEmpty,
            let run = records.first(where: { $0.number == best.number })?.run
        else { return nil }
        let length = own.count, usable = returns.filter { $0.values.count == length }
        let ratios = usable.map { PerformanceStatistics($0.values)?.sharpe ?? 0 }
        let count = records.count
        let variance = PerformanceStatistics(ratios).map { $0.deviation * $0.deviation } ?? 0
        // A winner that never trades earns nothing, which no test can make significant.
        let statistics = PerformanceStatistics(own)
        let expected = count >= 2 ? variance.squareRoot() * PerformanceStatistics.expectedMaximum(trials: count) : 0
        let least =
            count >= 2
            ? statistics.map { PerformanceStatistics.minimumBacktestLength(trials: count, sharpe: $0.sharpe) } : nil
        let matrix = (0..<length).map { t in usable.map { $0.values[t] } }
        let blocks = min(Self.blocks, length / 4 * 2)
        return SelectionEvidence(
            trials: count,
            otherTrials: max(
                try registry.trialCount(beside: try registry.run(run)) - records.count { $0.run != nil }, 0),
            sharpe: statistics?.sharpe ?? 0,
            standardError: statistics?.sharpeStandardError ?? .nan, periods: length,
            deflatedSharpe: statistics?.deflatedSharpe(trials: count, trialVariance: variance) ?? 0,
            expectedMaximum: expected,
            minimumPeriods: least.flatMap { $0.isFinite ? $0 : nil },
            meanCorrelation: PerformanceStatistics.meanCorrelation(usable.map(\.values)),
            overfitting: BacktestOverfitting(returns: matrix, blocks: blocks), overfittingTrials: usable.count)
    }

    package var json: JSONValue {
        .map([
            "trials": .int(trials), "otherTrials": .int(otherTrials), "periods": .int(periods),
            "sharpe": .double(sharpe), "sharpeStandardError": .double(standardError.isFinite ? standardError : nil),
            "expectedMaximum": .double(expectedMaximum), "deflatedSharpe": .double(deflatedSharpe),
            "minimumPeriods": .double(minimumPeriods), "meanCorrelation": .double(meanCorrelation),
            "effectiveTrials": .double(effectiveTrials),
            "probabilityOfOverfitting": .double(overfitting?.probability),
            "probabilityOfLoss": .double(overfitting?.probabilityOfLoss), "overfittingTrials": .int(overfittingTrials),
        ])
    }
}
