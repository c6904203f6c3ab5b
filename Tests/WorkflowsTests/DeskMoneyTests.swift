import Backtesting
import Basics
import Foundation
import Registry
import Testing
import Workflows

/// Evaluation, comparison, search and gate mean one thing by money, and each look at a strategy counts once.
@Suite struct DeskMoneyTests {
    /// The project's strategy with another threshold.
    private static func other(_ project: TestProject, above: String = "0.52") throws -> String {
        try project.write(
            try project.read("strategy.yaml").replacing("enterAbove: 0.5", with: "enterAbove: \(above)"),
            to: "other-\(above).yaml")
    }

    private static func evaluate(_ project: TestProject, _ strategy: String) throws -> EvaluateModel.Outcome {
        try EvaluateModel.run(
            model: project.model(1), features: project.features, strategy: strategy, output: project.file("out/again"),
            threads: 1, session: project.session)
    }

    @Test("what an evaluation earns is what a gate and a comparison judge, by the desk")
    func equal() throws {
        let project = try TestProject()
        try project.write(
            "schemaVersion: 1\nrules: [{rule: after-costs, minimumTrades: 1}]\n", to: "Registry/gates/money.yaml")
        let evaluated = try Self.evaluate(project, project.strategy)
        #expect(evaluated.estimateReason == nil && evaluated.backtest.trades > 10)
        let report = try GateModel.run(
            "m/1", policy: "money", strategy: project.strategy, features: project.features, against: nil, threads: 1,
            session: project.session
        ).report
        let measured = try #require(report.items.first { $0.name == "after-costs" }?.values[key: "measured"])
        #expect(measured[key: "return"]?.doubleValue == evaluated.backtest.totalReturn)
        #expect(measured[key: "trades"]?.intValue == evaluated.backtest.trades)
        let compared = try CompareModels.run("m/1", "m/2", strategy: project.strategy, session: project.session)
        #expect(compared.detail.equity?.a.dailyReturns == evaluated.backtest.dailyReturns)
        #expect(compared.detail.estimateReason == nil)
    }

    @Test("limits that deny every order leave no trade, though the table's returns would have earned")
    func denied() throws {
        let project = try TestProject()
        let strategy = try project.write(
            try project.read("strategy.yaml").replacing("maximumNotional: 1000000000", with: "maximumNotional: 1"),
            to: "tiny.yaml")
        let outcome = try Self.evaluate(project, strategy)
        #expect(outcome.estimateReason == nil && outcome.backtest.trades == 0 && outcome.backtest.totalReturn == 0)
    }

    @Test("without raw bars money is an estimate, and says so")
    func estimate() throws {
        let project = try TestProject()
        let byDesk = try Self.evaluate(project, project.strategy)
        try FileManager.default.moveItem(atPath: project.market, toPath: project.file("Data/away"))
        let outcome = try Self.evaluate(project, project.strategy)
        #expect(outcome.estimateReason?.contains("are not at 'Data/market'") == true, "\(outcome.estimateReason ?? "")")
        #expect(EvaluateModel.json(outcome)[key: "tradedBy"]?.stringValue == "estimate")
        #expect(EvaluateModel.json(byDesk)[key: "tradedBy"]?.stringValue == "desk")
    }

    @Test("a strategy that a comparison judged both models by counts as a trial of each, once")
    func counted() throws {
        let project = try TestProject(), registry = try project.session.registry()
        let run = try registry.run(try registry.version("m/1").run)
        let before = try registry.trialCount(beside: run)
        let other = try Self.other(project)
        for _ in 0..<2 { _ = try CompareModels.run("m/1", "m/2", strategy: other, session: project.session) }
        let after = try registry.trialCount(beside: run)
        #expect(after.strategies == before.strategies + 1)
        // Both models met one more than their first.
        #expect(after.furtherJudgements == before.furtherJudgements + 2 && after.trials == before.trials + 2)
        _ = try CompareModels.run("m/1", "m/2", strategy: nil, session: project.session)
        #expect(try registry.trialCount(beside: run) == after)
    }
}
