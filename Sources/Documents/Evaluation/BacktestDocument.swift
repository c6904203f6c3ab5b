import Backtesting
package import Basics
package import Workflows

/// A back-test: what it earned after costs, how far that can be believed, and how much capital it takes.
package struct BacktestDocument: Document {
    private let outcome: BacktestModel.Outcome

    package init(_ outcome: BacktestModel.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        var node = EvaluationDocument.body(outcome.evaluation)
        node[key: "exposure"] =
            outcome.exposure.map {
                .map(["beta": .double($0.beta), "alpha": .double($0.alpha), "correlation": .double($0.correlation)])
            } ?? .null
        let levels = zip(BacktestModel.drawdownLevels, outcome.drawdowns)
        node[key: "drawdownDistribution"] =
            outcome.drawdowns.isEmpty ? .null : .map(levels.map { ("deeperIn\($0)", JSONValue.double($1)) })
        node[key: "sharpeDailyDependentError"] = .double(outcome.dependentError)
        node[key: "annualSharpe"] =
            outcome.annualSharpe.map {
                .map(["dependent": .double($0.dependent), "independent": .double($0.independent)])
            } ?? .null
        node[key: "sortinoDaily"] = .double(outcome.sortino)
        node[key: "capacity"] =
            outcome.capacity.map {
                .map([
                    "participation": .double($0.participation), "median": .double($0.median),
                    "cautious": .double($0.cautious), "trades": .int($0.trades),
                ])
            } ?? .null
        node[key: "book"] = outcome.book.map { BacktestDocument.node($0.entry, $0.result) } ?? .null
        return node
    }

    private static func node(_ entry: BookBacktest.Entry, _ r: BookBacktest.Result) -> JSONValue {
        .map([
            "entry": .string(entry.rawValue), "signals": .int(r.signals), "orders": .int(r.orders),
            "trades": .int(r.trades), "missed": .int(r.missed), "makerShares": .int(Int(r.makerShares)),
            "takerShares": .int(Int(r.takerShares)), "fees": .double(r.fees), "profit": .double(r.profit),
            "meanTradeBps": .double(r.meanTradeBps), "hitRate": .double(r.hitRate),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        (MoneyText.lines(outcome.evaluation) + risk + size
            + (outcome.evaluation.identity.map(IdentityText.lines) ?? [])).map { style.wrapped($0, indent: 2) }.joined(
                separator: "\n")
    }

    private var risk: [String] {
        var lines: [String] = []
        if let e = outcome.exposure {
            lines.append(
                "market: beta \(fixed(e.beta, 2)), correlation \(fixed(e.correlation, 2)), "
                    + "\(fixed(e.alpha * 10_000, 2)) bps a day beside it")
        }
        let days = outcome.evaluation.backtest.dailyReturns
        if let error = outcome.dependentError, let statistics = PerformanceStatistics(days) {
            let sortino = outcome.sortino.map { "; Sortino \(fixed($0, 2))" } ?? ""
            lines.append(
                "daily Sharpe ratio \(fixed(statistics.sharpe, 2)) ± \(fixed(error, 2)) where days depend on one "
                    + "another\(sortino)")
        }
        if let annual = outcome.annualSharpe {
            lines.append(
                "annual Sharpe ratio \(fixed(annual.dependent, 2)), \(fixed(annual.independent, 2)) if days were "
                    + "independent")
        }
        if outcome.drawdowns.count == 3 {
            let depths = outcome.drawdowns.map { MoneyText.percent($0) }
            lines.append(
                "drawdown over resampled days: median \(depths[2]), one in twenty deeper than \(depths[1]), "
                    + "one in a hundred than \(depths[0])")
        }
        return lines
    }

    private var size: [String] {
        var lines: [String] = []
        if let c = outcome.capacity {
            let sizes = "\(fixed(c.median, 0)) for half of \(c.trades) trades, \(fixed(c.cautious, 0)) for nine of ten"
            lines.append("capacity at \(fixed(c.participation * 100, 1)) % of what trades: \(sizes)")
        }
        if let (entry, r) = outcome.book {
            lines.append(
                "in the book (\(entry.rawValue)): \(r.orders) orders on \(r.signals) predictions, "
                    + "\(r.trades) positions, \(r.missed) missed, \(r.makerShares) shares made and \(r.takerShares) "
                    + "taken, fees \(fixed(r.fees, 2)), profit \(fixed(r.profit, 2))")
            if let statistics = PerformanceStatistics(r.tradeBps) {
                let error = statistics.deviation / Double(statistics.count).squareRoot()
                lines.append(
                    "a position earns \(fixed(statistics.mean, 2)) ± \(fixed(error, 2)) bps after fees, "
                        + "hit rate \(MoneyText.percent(r.hitRate ?? 0))")
            }
        }
        return lines
    }
}
