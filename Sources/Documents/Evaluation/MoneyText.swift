import Backtesting
import Workflows

/// What trading on a model's predictions would have earned, after costs, in sentences.
enum MoneyText {
    static func lines(_ outcome: EvaluateModel.Outcome) -> [String] {
        let result = outcome.backtest
        // A day is one draw of a daily return: what a position earned says more.
        guard result.days.count > 1 else { return day(outcome) }
        var lines = [
            "after \(shown(outcome.costBps)) bps per round trip: \(result.trades) trades, "
                + "return \(percent(result.totalReturn)), drawdown \(percent(result.maximumDrawdown)), "
                + "turnover \(fixed(result.dailyTurnover, 1)) a day"
                + (result.instruments > 1 ? ", capital shared equally by \(result.instruments) instruments" : "")
        ]
        if let statistics = PerformanceStatistics(result.dailyReturns) {
            let year = Double(outcome.predictions.predictions.daysPerYear).squareRoot(),
                error = fixed(statistics.sharpeStandardError * year, 2)
            let rate = result.hitRate.map { percent($0, 1) } ?? "–"
            lines.append(
                "Sharpe ratio \(fixed(statistics.sharpe * year, 2)) ± \(error) a year over \(statistics.count) days; "
                    + "hit rate \(rate)")
        }
        let long = outcome.alwaysLong
        lines.append("always long: \(long.trades) trades, return \(percent(long.totalReturn))")
        lines.append("equity \(sparkline(result.equity))")
        return lines + estimated(outcome)
    }

    /// What money means where the desk has not traded.
    static func estimate(_ reason: String) -> String {
        "money is an estimate from the returns of the table, without orders: \(reason)"
    }

    private static func estimated(_ outcome: EvaluateModel.Outcome) -> [String] {
        outcome.estimateReason.map { [estimate($0)] } ?? []
    }

    /// Of one day: basis points a position, in place of a return that thousands of positions compound to.
    private static func day(_ outcome: EvaluateModel.Outcome) -> [String] {
        func text(_ result: BarBacktest.Result) -> String {
            guard let net = result.meanTradeBps else { return "no trade" }
            let gross = result.grossReturnBps / Double(result.trades)
            return "\(result.trades) trades of \(fixed(net, 2)) bps each after costs, \(fixed(gross, 2)) before"
        }
        let result = outcome.backtest, rate = result.hitRate.map { ", hit rate \(percent($0, 1))" } ?? ""
        return [
            "after \(shown(outcome.costBps)) bps per round trip and the spread, on one day: \(text(result))\(rate)",
            "always long: \(text(outcome.alwaysLong))",
        ] + estimated(outcome)
    }

    static func percent(_ value: Double, _ digits: Int = 2) -> String { "\(fixed(value * 100, digits)) %" }
}
