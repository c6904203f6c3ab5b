import Backtesting
package import Basics
package import Workflows

/// Combinatorial cross-validation: a row a path, and what holds over all of them.
package struct CrossValidationDocument: Document {
    private let outcome: CrossValidateModel.Outcome

    package init(_ outcome: CrossValidateModel.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            "run": .string(outcome.run), "models": .int(outcome.models),
            "paths": .list(
                outcome.paths.map {
                    JSONValue.map([
                        "days": .int($0.result.days.count), "trades": .int($0.result.trades),
                        "return": .double($0.result.totalReturn), "drawdown": .double($0.result.maximumDrawdown),
                        "sharpeDaily": .double($0.sharpe), "ic": .double($0.information),
                    ])
                }), "medianSharpeDaily": .double(outcome.medianSharpe),
            "worstSharpeDaily": .double(outcome.worstSharpe), "tradedPaths": .int(outcome.tradedPaths),
            "shareEarning": .double(outcome.shareEarning),
            "deepestFall": .double(outcome.deepestDrawdown), "deepestDrawdown": .double(outcome.deepestDrawdown),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let year = Double(outcome.daysPerYear).squareRoot()
        var table = TextTable(
            ["path", "days", "trades", "return", "drawdown", "Sharpe/yr", "ic"], rightAligned: Set(0...6))
        for (index, path) in outcome.paths.enumerated() {
            let result = path.result
            table.add([
                String(index + 1), String(result.days.count), String(result.trades),
                MoneyText.percent(result.totalReturn), MoneyText.percent(result.maximumDrawdown),
                path.sharpe.map { fixed($0 * year, 2) } ?? "–", shown(path.information),
            ])
        }
        func yearly(_ daily: Double?) -> String { daily.map { fixed($0 * year, 2) } ?? "undefined" }
        let worst = yearly(outcome.worstSharpe), all = outcome.paths.count, traded = outcome.tradedPaths
        let middle =
            traded == all
            ? "\(all) paths, \(worst) in the worst"
            : "the \(traded) that traded of \(all) paths, \(worst) in the worst of all"
        let words =
            "\(outcome.models) models: the Sharpe ratio a year is \(yearly(outcome.medianSharpe)) in the "
            + "middle of \(middle); "
            + "\(fixed(outcome.shareEarning * 100, 0)) % earn something, the deepest drawdown is "
            + MoneyText.percent(outcome.deepestDrawdown)
        return [table.text(style), "", style.wrapped(words), outcome.run].joined(separator: "\n")
    }
}
