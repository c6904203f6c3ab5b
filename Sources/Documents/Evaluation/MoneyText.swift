import Backtesting
import Workflows

/// What trading on a model's predictions would have earned, after costs, in sentences.
enum MoneyText {
    static func lines(_ outcome: EvaluateModel.Outcome) -> [String] {
        let result = outcome.backtest
        var lines = [
            "after \(shown(outcome.costBps)) bps per round trip: \(result.trades) trades, "
                + "return \(percent(result.totalReturn)), drawdown \(percent(result.maximumDrawdown)), "
                + "turnover \(fixed(result.dailyTurnover, 1)) a day"
        ]
        if let statistics = PerformanceStatistics(result.dailyReturns) {
            let year = 252.0.squareRoot(), error = fixed(statistics.sharpeStandardError * year, 2)
            let rate = result.hitRate.map { percent($0, 1) } ?? "–"
            lines.append(
                "Sharpe ratio \(fixed(statistics.sharpe * year, 2)) ± \(error) a year over \(statistics.count) days; "
                    + "hit rate \(rate)")
        }
        let long = outcome.alwaysLong
        lines.append("always long: \(long.trades) trades, return \(percent(long.totalReturn))")
        lines.append("equity \(sparkline(result.equity))")
        return lines
    }

    static func percent(_ value: Double, _ digits: Int = 2) -> String { "\(fixed(value * 100, digits)) %" }
}
