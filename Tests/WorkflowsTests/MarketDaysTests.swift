import Backtesting
import Basics
import Features
import Foundation
import Registry
import Tensors
import TestSupport
import Testing
import Trading
import Workflows

/// Days and years are those of the market, whatever UTC says.
@Suite struct MarketDaysTests {
    /// Bars of half an hour, 10:00 to 16:00 in Sydney on weekdays; in February that is 23:00 to 05:00 UTC.
    private static func bars(days: Int) -> String {
        var random = SeededRandom(seed: 3), price = 100.0, text = "datetime,open,high,low,close,volume\n"
        let first = CivilDate(year: 2025, month: 2, day: 3).daysSince1970
        for day in (first..<first + days).map({ CivilDate(daysSince1970: $0) }) where day.weekday < 5 {
            for half in 0..<12 {
                let open = price
                price *= 1 + 0.004 * (random.uniform() - 0.5)
                let clock = "\(10 + half / 2):\(half % 2 == 0 ? "00" : "30"):00"
                let cells = [open, max(open, price) + 0.01, min(open, price) - 0.01, price].map {
                    String(format: "%.4f", $0)
                }
                text += "\(day) \(clock),\(cells.joined(separator: ",")),100\n"
            }
        }
        return text
    }

    private static func evaluate(_ project: TestProject, market: String) throws -> EvaluateModel.Outcome {
        try project.write(market, to: "other.yaml")
        try project.write(bars(days: 40), to: "raw/AAA.csv")
        let features = project.file("out/sydney.safetensors"), session = project.session
        _ = try BuildFeatures.run(
            spec: project.file("features.yaml"), data: project.file("raw"), market: project.file("other.yaml"),
            quality: nil, output: features, threads: 1, session: session)
        var request = TrainModel.Request(config: project.recipe, features: features, output: project.file("out/s"))
        request.threads = 1
        _ = try TrainModel.run(request, session: session)
        return try EvaluateModel.run(
            model: project.file("out/s"), features: features, strategy: project.strategy,
            output: project.file("out/s/evaluation"), threads: 1, session: session)
    }

    @Test("a session in Sydney is one day, no Sunday is traded, and the file of predictions says the same")
    func sydney() throws {
        let project = try TestProject(.features)
        let outcome = try MarketDaysTests.evaluate(
            project,
            market: "schemaVersion: 1\nzone: Australia/Sydney\ninterval: 30m\n"
                + "calendar: {open: \"10:00\", close: \"16:00\"}\n")
        let days = outcome.backtest.days
        #expect(days.count >= 4 && days.allSatisfy { $0.weekday < 5 })
        // Sessions of which the test has a bar: 23:00 UTC begins the next day's.
        let expected = Set(outcome.predictions.predictions.bars.map { ($0.time / 3_600_000_000_000 + 11) / 24 })
        #expect(days.map { Int64($0.daysSince1970) } == expected.sorted())
        let kept = try PredictionFile.read(project.file("out/s/evaluation/predictions.safetensors"))
        #expect(kept.predictions.bars.map(\.day) == outcome.predictions.predictions.bars.map(\.day))
        #expect(kept.predictions.daysPerYear == 261)
    }

    @Test("a position over several days is valued at each close, through the files of features and predictions")
    func overnight() throws {
        let project = try TestProject(.features), session = project.session
        var random = SeededRandom(seed: 11), price = 100.0, lines = ["datetime,open,high,low,close,volume"]
        let first = CivilDate(year: 2023, month: 1, day: 2).daysSince1970
        for day in (first..<first + 500).map({ CivilDate(daysSince1970: $0) }) where day.weekday < 5 {
            let open = price * (1 + 0.01 * (random.uniform() - 0.5))
            price = open * (1 + 0.04 * (random.uniform() - 0.5))
            let cells = [open, max(open, price) + 0.1, min(open, price) - 0.1, price].map { String(format: "%.4f", $0) }
            lines.append("\(day) 00:00:00,\(cells.joined(separator: ",")),100")
        }
        try project.write(lines.joined(separator: "\n") + "\n", to: "raw/AAA.csv")
        try project.write(
            "schemaVersion: 1\nzone: America/New_York\ninterval: 1d\n"
                + "calendar: {open: \"00:00\", close: \"24:00\"}\n", to: "daily.yaml")
        try project.write(
            "schemaVersion: 1\nresetAtSession: false\nmissingBarsAllowed: 4\nfeatures:\n"
                + "  return_1: log_return(close, 1)\nlabel: {kind: profit, horizon: 5, costBps: 1}\n",
            to: "daily-features.yaml")
        try project.write(
            try project.read("strategy.yaml").replacing(
                "enterAbove: 0.5, holdBars: 1", with: "enterAbove: 0, holdBars: 5"),
            to: "five.yaml")
        let features = project.file("out/daily.safetensors")
        _ = try BuildFeatures.run(
            spec: project.file("daily-features.yaml"), data: project.file("raw"), market: project.file("daily.yaml"),
            quality: nil, output: features, threads: 1, session: session)
        var request = TrainModel.Request(config: project.recipe, features: features, output: project.file("out/d"))
        request.threads = 1
        _ = try TrainModel.run(request, session: session)
        let outcome = try EvaluateModel.run(
            model: project.file("out/d"), features: features, strategy: project.file("five.yaml"),
            output: project.file("out/d/e"), threads: 1, session: session)
        let kept = try PredictionFile.read(project.file("out/d/e/predictions.safetensors")).predictions
        #expect(kept.closes != nil && kept.closes == outcome.predictions.predictions.closes)
        let backtest = BarBacktest(
            rule: PositionRule(enterAbove: 0, holdBars: 5, quantity: 100), costBps: outcome.costBps)
        let marked = backtest.run(kept.bars, closes: kept.closes), booked = backtest.run(kept.bars)
        #expect(outcome.estimateReason == nil && outcome.backtest.trades > 5 && marked.trades > 5)
        #expect(abs(marked.totalReturn - booked.totalReturn) < 1e-9)
        #expect(marked.dailyReturns.count { $0 != 0 } > 2 * booked.dailyReturns.count { $0 != 0 })
        // The first position, day by day from the table's own prices: what its file says of them is what was traded.
        let table = try FeatureTable.read(features), entry = kept.bars[0].entry
        let row = try #require((0..<table.rowCount).first { table.time[$0] == kept.bars[0].time })
        let cost = outcome.costBps / 10_000
        #expect(abs(table.closePrice[row + 5] / entry - 1 - kept.bars[0].forwardReturn) < 1e-9)
        #expect(abs(marked.equity[1] - (table.closePrice[row + 1] / entry - cost)) < 1e-9)
        #expect(abs(marked.equity[4] - (table.closePrice[row + 4] / entry - cost)) < 1e-9)
    }

    @Test("a market that never closes has 365 days a year")
    func always() throws {
        let project = try TestProject(.features)
        let outcome = try MarketDaysTests.evaluate(
            project, market: "schemaVersion: 1\nzone: UTC\ninterval: 30m\ncalendar: always\n")
        let metrics = Dictionary(outcome.metrics.map { ($0.name, $0.value) }) { $1 }
        let daily = try #require(metrics["sharpe_daily"]), annual = try #require(metrics["sharpe_annual"])
        #expect(abs(annual - daily * 365.0.squareRoot()) < 1e-9)
        #expect(
            try PredictionFile.read(project.file("out/s/evaluation/predictions.safetensors")).predictions.daysPerYear
                == 365)
    }
}
