import Backtesting
import Basics

/// The back-test earns something after costs, over enough trades, without too deep a fall.
package struct AfterCosts: GateRule {
    package static let name = "after-costs"
    package static let keys = ["minimumReturn", "minimumTrades", "maximumDrawdown"]
    let minimumReturn: Double
    let minimumTrades: Int
    let maximumDrawdown: Double

    package init(_ reader: ConfigReader) throws {
        minimumReturn = try reader.double("minimumReturn", default: 0, in: -1...100)
        minimumTrades = try reader.int("minimumTrades", default: 30, in: 1...Int.max)
        maximumDrawdown = try reader.double("maximumDrawdown", default: 0.2, in: 0...1)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let result = evidence.backtest
        var reasons: [String] = []
        if result.trades < minimumTrades {
            reasons.append("\(result.trades) trades, required at least \(minimumTrades)")
        }
        if result.totalReturn <= minimumReturn {
            reasons.append(
                "return \(rounded(result.totalReturn * 100, 2)) % after costs, required above \(rounded(minimumReturn * 100, 2)) %"
            )
        }
        if -result.maximumDrawdown > maximumDrawdown {
            reasons.append(
                "drawdown \(rounded(-result.maximumDrawdown * 100, 2)) %, allowed \(rounded(maximumDrawdown * 100, 2)) %"
            )
        }
        let summary =
            "return \(rounded(result.totalReturn * 100, 2)) % after costs over \(result.days.count) days and \(result.trades) trades, drawdown \(rounded(-result.maximumDrawdown * 100, 2)) %"
        return GateVerdict(
            reasons.isEmpty, reasons.isEmpty ? summary : "found " + reasons.joined(separator: "; "),
            values: .map([
                "return": .double(result.totalReturn), "trades": .int(result.trades),
                "drawdown": .double(result.maximumDrawdown),
            ]))
    }
}

/// Not significantly worse than the version in force, by the block bootstrap on the same samples. Holds when there is
/// none.
package struct NotWorseThanIncumbent: GateRule {
    package static let name = "not-worse-than-incumbent"
    package static let keys = ["metric"]
    let metric: String

    package init(_ reader: ConfigReader) throws { metric = try reader.string("metric", default: "ic") }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let incumbent = evidence.incumbent else { return GateVerdict(true, "there is no incumbent") }
        let own = MetricSums(incumbent.own), theirs = MetricSums(incumbent.theirs)
        guard let measure = own.measure(metric), theirs.measure(metric) != nil,
            let interval = own.difference(from: theirs, measure: measure, block: own.block(incumbent.own.kind))
        else {
            return GateVerdict(false, "'\(metric)' is not defined for both this version and \(incumbent.reference)")
        }
        let holds = measure.isHigherBetter ? interval.upper >= 0 : interval.lower <= 0
        return GateVerdict(
            holds,
            "\(metric) less that of \(incumbent.reference) is \(rounded(interval.estimate, 5)) (95 % interval \(rounded(interval.lower, 5)) … \(rounded(interval.upper, 5)))",
            values: .map([
                "estimate": .double(interval.estimate), "lower": .double(interval.lower),
                "upper": .double(interval.upper),
            ]))
    }
}
