package import Backtesting
package import Basics
package import HyperparameterSearch
package import Registry

/// How far the winner of a search can be believed, given that it is the best of many.
package struct SelectionEvidence: Sendable, Equatable {
    /// All trials begun, also pruned ones and those that failed after something of them was measured: what the
    /// deflated ratio has to count.
    package var trials: Int
    /// Other trainings of the experiment or on the same raw data, and further strategies, which a gate counts too.
    package var otherTrials: Int
    /// All of them in words.
    package var counted: String
    /// Of the winner's returns after costs, per period: equal stretches of the validation span. Nil, like all that
    /// follows from it, where the winner never traded.
    package var sharpe: Double?
    package var standardError: Double?
    package var periods: Int
    package var deflatedSharpe: Double?
    /// Complete trials whose strategy never traded.
    package var untraded: Int
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
        let trials = try records.map { try RegistryStudyStorage.trial($0, of: study, in: space) }
        guard let best = TrialHistory(space: space, directions: directions, trials: trials).best else { return nil }
        var returns: [(number: Int, values: [Double])] = [], untraded = 0
        for record in records where record.state == Trial.State.complete.rawValue {
            guard let run = record.run else { continue }
            let values = try registry.history(run: run, metric: returnsMetric).map(\.value)
            if !values.isEmpty { returns.append((record.number, values)) }
            // Who never traded has neither a ratio nor a rank among those who did.
            if !values.isEmpty, values.allSatisfy({ $0 == 0 }) { untraded += 1 }
        }
        guard let own = returns.first(where: { $0.number == best.number })?.values, !own.isEmpty,
            let run = records.first(where: { $0.number == best.number })?.run
        else { return nil }
        let length = own.count,
            usable = returns.filter { $0.values.count == length && $0.values.contains { $0 != 0 } }
        let ratios = usable.compactMap { PerformanceStatistics($0.values)?.sharpe }
        // One that was claimed when no point was left, or failed before it showed a number, was no chance.
        let nothing = try registry.trialsWithNothingToShow(study: study)
        let count = records.count { !RegistryStudyStorage.isEmpty($0) && !nothing.contains($0.number) }
        let variance = PerformanceStatistics(ratios).map { $0.deviation * $0.deviation } ?? 0
        let statistics = PerformanceStatistics(own)
        let expected = count >= 2 ? variance.squareRoot() * PerformanceStatistics.expectedMaximum(trials: count) : 0
        let least =
            count >= 2
            ? statistics.map { PerformanceStatistics.minimumBacktestLength(trials: count, sharpe: $0.sharpe) } : nil
        let matrix = (0..<length).map { t in usable.map { $0.values[t] } }
        let blocks = min(Self.blocks, length / 4 * 2)
        let beside = try registry.trialCount(beside: try registry.run(run))
        return SelectionEvidence(
            trials: count,
            otherTrials: max(
                beside.trials - records.count { $0.run != nil && !nothing.contains($0.number) }, 0),
            counted: beside.summary, sharpe: statistics?.sharpe, standardError: statistics?.sharpeStandardError,
            periods: length,
            deflatedSharpe: statistics?.deflatedSharpe(trials: count, trialVariance: variance), untraded: untraded,
            expectedMaximum: expected,
            minimumPeriods: least.flatMap { $0.isFinite ? $0 : nil },
            meanCorrelation: PerformanceStatistics.meanCorrelation(usable.map(\.values)),
            overfitting: statistics == nil ? nil : BacktestOverfitting(returns: matrix, blocks: blocks),
            overfittingTrials: usable.count)
    }

    package var json: JSONValue {
        .map([
            "trials": .int(trials), "otherTrials": .int(otherTrials),
            "counted": .string(counted), "periods": .int(periods),
            "sharpe": .double(sharpe), "sharpeStandardError": .double(standardError.flatMap { $0.isFinite ? $0 : nil }),
            "expectedMaximum": .double(expectedMaximum), "deflatedSharpe": .double(deflatedSharpe),
            "minimumPeriods": .double(minimumPeriods), "meanCorrelation": .double(meanCorrelation),
            "effectiveTrials": .double(effectiveTrials),
            "probabilityOfOverfitting": .double(overfitting?.probability),
            "probabilityOfLoss": .double(overfitting?.probabilityOfLoss), "overfittingTrials": .int(overfittingTrials),
            "untraded": .int(untraded),
        ])
    }
}
