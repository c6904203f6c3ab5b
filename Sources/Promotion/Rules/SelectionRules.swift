import Backtesting
import Basics

/// The probability that choosing the best of the trials was overfitting, by combinatorially symmetric cross-validation,
/// is small enough.
package struct Overfitting: GateRule {
    package static let name = "overfitting"
    package static let keys = ["maximum", "blocks"]
    let maximum: Double
    let blocks: Int

    package init(_ reader: ConfigReader) throws {
        maximum = try reader.double("maximum", default: 0.2, in: 0...1)
        blocks = try reader.int("blocks", default: 16, in: 4...20)
        guard blocks % 2 == 0 else {
            throw ConfigError("found \(blocks) blocks, expected an even number", at: reader.value("blocks")?.mark)
        }
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard evidence.trials >= 2 else {
            return GateVerdict(true, "one trial was made, so nothing was chosen among several")
        }
        let returns = evidence.trialReturns
        guard returns.count >= 2, let length = returns.map(\.count).min() else {
            return .noEvidence("\(evidence.trials) trials were made, and the returns of \(returns.count) are recorded")
        }
        guard let result = BacktestOverfitting(returns: (0..<length).map { t in returns.map { $0[t] } }, blocks: blocks)
        else {
            return .noEvidence("\(length) periods are too few for \(blocks) blocks")
        }
        return GateVerdict(
            result.probability <= maximum,
            "the best trial of one half of the time is below the median in the other half in \(rounded(result.probability * 100, 1)) % of \(result.splits.count) splits (\(returns.count) of \(evidence.trials) trials, \(blocks) blocks), allowed \(rounded(maximum * 100, 1)) %",
            values: .map([
                "probability": .double(result.probability), "probabilityOfLoss": .double(result.probabilityOfLoss),
                "splits": .int(result.splits.count), "trials": .int(returns.count),
                "degradation": .double(result.degradation.slope),
                "logits": .doubles(BacktestOverfittingText.quantiles(result.splits.map(\.logit))),
            ]))
    }
}

/// Eleven quantiles say what a histogram would.
enum BacktestOverfittingText {
    static func quantiles(_ values: [Double]) -> [Double] {
        let sorted = values.sorted()
        return (0...10).map { sorted[min($0 * (sorted.count - 1) / 10, sorted.count - 1)] }
    }
}

/// The model earns on most of the whole histories that cross-validation joins, not only on the one test span.
package struct CrossValidated: GateRule {
    package static let name = "cross-validated"
    package static let keys = ["minimumMedianSharpe", "maximumDrawdown"]
    /// Daily.
    let minimumMedianSharpe: Double
    let maximumDrawdown: Double

    package init(_ reader: ConfigReader) throws {
        minimumMedianSharpe = try reader.double("minimumMedianSharpe", default: 0, in: -10...10)
        maximumDrawdown = try reader.double("maximumDrawdown", default: 0.2, in: 0...1)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let sharpes = evidence.pathSharpes.sorted(), falls = evidence.pathDrawdowns.sorted()
        guard !falls.isEmpty else {
            return .noEvidence(
                "nobody cross-validated this recipe on these features with this strategy; use hftml cross-validate")
        }
        guard sharpes.count == falls.count else {
            return GateVerdict(
                false, "the model never trades in \(falls.count - sharpes.count) of \(falls.count) histories")
        }
        // The fall that one path in twenty exceeds; with fewer than twenty paths, the deepest.
        let median = sharpes[sharpes.count / 2], fall = -falls[sharpes.count / 20]
        return GateVerdict(
            median > minimumMedianSharpe && fall <= maximumDrawdown,
            "over \(sharpes.count) histories the median daily ratio is \(rounded(median)), required above \(minimumMedianSharpe), and one in twenty falls \(rounded(fall * 100, 2)) % or more, allowed \(rounded(maximumDrawdown * 100, 2)) %",
            values: .map(["medianSharpe": .double(median), "drawdown": .double(fall), "paths": .int(sharpes.count)]))
    }
}

/// The best of the trials earns more than a benchmark beyond the luck of the draw (Hansen's test of superior predictive
/// ability).
package struct Superior: GateRule {
    package static let name = "superior"
    package static let keys = ["benchmark", "maximumP"]

    enum Benchmark: String, CaseIterable {
        /// Doing nothing.
        case cash
        /// Always long the same instruments.
        case market
        /// The version in force; holds when there is none.
        case incumbent
    }

    let benchmark: Benchmark
    let maximumP: Double

    package init(_ reader: ConfigReader) throws {
        benchmark = try reader.choice("benchmark", default: .cash)
        maximumP = try reader.double("maximumP", default: 0.05, in: 0...1)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let own = evidence.backtest
        var against: BarBacktest.Result?
        switch benchmark {
        case .cash: break
        case .market: against = evidence.market
        case .incumbent:
            guard evidence.incumbent != nil else { return GateVerdict(true, "there is no incumbent") }
            guard let theirs = evidence.incumbentBacktest else {
                return .noEvidence("the incumbent has no back-test on these days")
            }
            against = theirs
        }
        var differences = own.dailyReturns.map { [$0] }
        if let against {
            let byDay = Dictionary(zip(against.days, against.dailyReturns)) { $1 }
            let paired = zip(own.days, own.dailyReturns).compactMap { day, value in byDay[day].map { [value - $0] } }
            guard paired.count == differences.count else {
                return .noEvidence(
                    "\(paired.count) of \(differences.count) days have a return of the \(benchmark.rawValue)")
            }
            differences = paired
        }
        let block = StationaryBootstrap.automaticBlock(differences.map { $0[0] })
        guard let test = SuperiorPredictiveAbility(differences: differences, block: block, replicates: 2000) else {
            return .noEvidence("\(differences.count) days are too few")
        }
        return GateVerdict(
            test.pValue <= maximumP && test.means[0] > 0,
            "daily return less that of \(benchmark.rawValue) is \(rounded(test.means[0] * 10_000, 2)) bps, p = \(rounded(test.pValue)) over \(differences.count) days, required p at most \(maximumP)",
            values: .map([
                "mean": .double(test.means[0]), "p": .double(test.pValue), "days": .int(differences.count),
                "block": .double(block),
            ]))
    }
}

/// Better than the version in force: the interval of the difference excludes zero. Holds when there is none.
package struct ImprovesOnIncumbent: GateRule {
    package static let name = "improves-on-incumbent"
    package static let keys = ["metric", "confidence"]
    let metric: String
    let confidence: Double

    package init(_ reader: ConfigReader) throws {
        metric = try reader.string("metric", default: "ic")
        confidence = try reader.double("confidence", default: 0.95, in: 0.5...0.999)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let incumbent = evidence.incumbent else { return GateVerdict(true, "there is no incumbent") }
        let own = MetricSums(incumbent.own), theirs = MetricSums(incumbent.theirs)
        guard let measure = own.measure(metric), theirs.measure(metric) != nil,
            let interval = own.difference(
                from: theirs, measure: measure, block: own.block(incumbent.own.kind), confidence: confidence)
        else { return .noEvidence("'\(metric)' is not defined for both this version and \(incumbent.reference)") }
        return GateVerdict(
            measure.isHigherBetter ? interval.lower > 0 : interval.upper < 0,
            "\(metric) less that of \(incumbent.reference) is \(rounded(interval.estimate, 5)) (\(rounded(confidence * 100, 1)) % interval \(rounded(interval.lower, 5)) … \(rounded(interval.upper, 5)), block bootstrap), required \(measure.isHigherBetter ? "above" : "below") 0",
            values: .map([
                "estimate": .double(interval.estimate), "lower": .double(interval.lower),
                "upper": .double(interval.upper),
            ]))
    }
}

/// The result survives entering one bar later.
package struct SurvivesDelay: GateRule {
    package static let name = "survives-delay"
    package static let keys = ["bars"]
    let bars: Int

    package init(_ reader: ConfigReader) throws { bars = try reader.int("bars", default: 1, in: 1...100) }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let delayed = evidence.delayed?(bars) else {
            return .noEvidence("no back-test with a delay of \(bars) bars was made")
        }
        return GateVerdict(
            delayed.totalReturn > 0,
            "return \(rounded(delayed.totalReturn * 100, 2)) % after costs when every trade begins \(bars) bar\(bars == 1 ? "" : "s") later, required above 0",
            values: .map(["return": .double(delayed.totalReturn), "bars": .int(bars)]))
    }
}
