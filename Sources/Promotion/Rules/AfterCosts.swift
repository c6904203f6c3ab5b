import Backtesting
package import Basics

/// The backtest earns something after costs, over enough trades, with a bounded drawdown.
package struct AfterCosts: GateRule {
    package static let name = "after-costs"
    package static let summary = "The backtest earns after costs, over enough trades, with a bounded drawdown."
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
        // Without costs, "after costs" would be untrue.
        let after =
            switch evidence.costBps {
            case nil: "after costs"
            case 0?: "with no costs at all (costBps 0)"
            case let bps?: "after costs of \(AfterCosts.plain(bps)) bps a round trip"
            }
        var reasons: [String] = []
        if result.trades < minimumTrades {
            reasons.append("\(result.trades) trades, required at least \(minimumTrades)")
        }
        // What is not a number holds no bound.
        if !(result.totalReturn > minimumReturn) {
            reasons.append(
                "return \(percent(result.totalReturn)) \(after), required above \(percent(minimumReturn))"
            )
        }
        if !(-result.maximumDrawdown <= maximumDrawdown) {
            reasons.append(
                "drawdown \(percent(-result.maximumDrawdown)), allowed \(percent(maximumDrawdown))"
            )
        }
        let summary =
            "return \(percent(result.totalReturn)) \(after) over \(result.days.count) days and \(result.trades) "
            + "trades, drawdown \(percent(-result.maximumDrawdown))"
        return GateVerdict(
            reasons.isEmpty, reasons.isEmpty ? summary : "found " + reasons.joined(separator: "; "),
            values: .map([
                "return": .double(result.totalReturn), "trades": .int(result.trades),
                "drawdown": .double(result.maximumDrawdown), "costBps": .double(evidence.costBps),
            ]))
    }

    /// `1`, `2.5`
    private static func plain(_ bps: Double) -> String {
        let text = rounded(bps)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
