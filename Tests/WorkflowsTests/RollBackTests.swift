import Basics
import Foundation
import Registry
import Testing

import Workflows

/// What takes a promotion back: rollback, withdrawal; and what is told of it afterwards.
@Suite struct RollBackTests {
    @Test("the bundle before comes back in force, with the alias that it was promoted under")
    func rollsBack() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let first = try project.promote("m/1", runtime), second = try project.promote("m/2", runtime)
        let outcome = try RollBack.run("paper", runtime: runtime.port, session: project.session)
        #expect(outcome.receipt.bundle == first.bundle && outcome.receipt.replaced == second.bundle)
        #expect(outcome.aliases == ["champion"])
        let registry = try project.session.registry()
        #expect(try registry.version("m@champion").version == 1)
        let moved = try registry.latestAudit(action: "alias.set", subject: .alias("champion", model: "m"))
        #expect(moved?.detail.contains("rollback of paper") == true)
        // And forward again.
        #expect(try RollBack.run("paper", runtime: runtime.port, session: project.session).aliases == ["champion"])
        #expect(try registry.version("m@champion").version == 2)
        #expect(try VerifyRecord.run(session: project.session) == [])
    }

    @Test("a rollback from a canary leaves champion where it is")
    func fromCanary() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.gate("m/2")
        var request = try project.request("m/2")
        (request.share, request.alias) = (0.5, "tryout")
        _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        let before = try project.actions("alias").count
        let outcome = try RollBack.run("paper", runtime: runtime.port, session: project.session)
        #expect(outcome.receipt.version == 1 && outcome.aliases == [])
        #expect(try project.actions("alias").count == before, "champion points there already")
        // Back to the canary moves the canary's alias, not champion.
        try project.session.registry().deleteAlias("tryout", model: "m")
        #expect(try RollBack.run("paper", runtime: runtime.port, session: project.session).aliases == ["tryout"])
        #expect(try project.session.registry().version("m@champion").version == 1)
    }

    @Test("champion never stays on a version that was taken out of force")
    func championFollows() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.gate("m/2")
        var request = try project.request("m/2")
        request.alias = "shadow"
        _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        try project.promote("m/1", runtime)
        let registry = try project.session.registry()
        #expect(try registry.version("m@champion").version == 1)
        let outcome = try RollBack.run("paper", runtime: runtime.port, session: project.session)
        #expect(outcome.receipt.version == 2 && outcome.aliases == ["champion"])
        #expect(try registry.version("m@champion").version == 2 && registry.version("m@shadow").version == 2)
    }

    @Test("a runtime that does not answer, or an environment that nobody knows, changes nothing")
    func refusals() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        #expect(
            project.code { _ = try RollBack.run("paper", runtime: runtime.port, session: project.session) }
                == "rollback.no-receipt", "there is none before")
        try project.promote("m/2", runtime)
        _ = try RollBack.run("paper", runtime: runtime.port, session: project.session)
        // An earlier receipt of a rollback is no answer to this one.
        runtime.answer(.silence)
        #expect(
            project.code { _ = try RollBack.run("paper", runtime: runtime.port, session: project.session) }
                == "rollback.no-receipt")
        let unknown = #expect(throws: Failure.self) {
            try RollBack.run("papr", runtime: runtime.port, session: project.session)
        }
        #expect(unknown?.code == "promote.no-environment" && unknown?.hint == "did you mean 'paper'?")
        #expect(unknown?.exitStatus == .usage)
        #expect(try project.session.registry().version("m@champion").version == 1)
    }

    @Test("a bundle that waits in the inbox can be withdrawn")
    func withdraws() throws {
        let project = try TestProject(), runtime = FakeRuntime(.silence)
        #expect(project.code { try project.promote("m/1", runtime) } == "promote.no-receipt")
        let outcome = try WithdrawPromotion.run("paper", runtime: runtime.port, session: project.session)
        #expect(outcome.promotion.reference == "m/1" && outcome.environment == "paper")
        #expect(try Paths.entries(project.environment + "/inbox").isEmpty)
        #expect(try project.actions("promotion.w") == ["promotion.withdrawn"])
        #expect(
            project.code { _ = try WithdrawPromotion.run("paper", runtime: runtime.port, session: project.session) }
                == "promote.none")
    }

    @Test("a bundle that runs without having shown its health is taken out of force")
    func withdrawsRunning() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.write(
            try project.read("Registry/gates/easy.yaml") + "health: {withinSeconds: 60}\n",
            to: "Registry/gates/easy.yaml")
        try project.gate("m/2")
        // Cut off between handing over and health.
        var request = try project.request("m/2")
        request.isActivating = false
        #expect(
            project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session) }
                == "promote.no-receipt")
        try runtime.port.accept(project.environment)
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.begun], "health is unknown")
        _ = try WithdrawPromotion.run("paper", runtime: runtime.port, session: project.session)
        let registry = try project.session.registry()
        #expect(try registry.promotionsUnderWay().isEmpty && registry.version("m@champion").version == 1)
        #expect(
            try ListDeployments.run(environment: "paper", session: project.session).first?.outcome == "rolled-back")
    }

    @Test("deployments are listed newest first, by environment; an unknown environment is wrong usage")
    func deployments() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        #expect(try ListDeployments.run(environment: "paper", session: project.session).isEmpty)
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        let all = try ListDeployments.run(environment: nil, session: project.session)
        #expect(all.map(\.version) == [2, 1] && all.map(\.outcome) == ["installed", "installed"])
        #expect(try ListDeployments.run(environment: "paper", session: project.session) == all)
        let unknown = #expect(throws: Failure.self) {
            try ListDeployments.run(environment: "papers", session: project.session)
        }
        #expect(unknown?.code == "promote.no-environment" && unknown?.hint == "did you mean 'paper'?")
        try project.write("{}", to: "Registry/environments/paper/receipts/broken.json")
        #expect(
            project.code { _ = try ListDeployments.run(environment: nil, session: project.session) } == "receipt.format"
        )
        // One that is no JSON does not end the look at the others.
        try project.write("no JSON", to: "Registry/environments/paper/receipts/a.json")
        let problems = try VerifyRecord.run(session: project.session)
        #expect(problems.count { $0.contains("/receipts/") } == 2, "\(problems)")
    }

    @Test("what a runtime saw of a bundle becomes a run that lineage finds; feedback on anything else is refused")
    func feedback() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let outcome = try project.promote("m/1", runtime)
        let file = try project.write(
            #"{"schemaVersion": 1, "bundle": "\#(outcome.bundle)", "profit": 12.5, "bars": 40}"#, to: "summary.json")
        let taken = try TakeFeedback.run(file, environment: "paper", session: project.session)
        #expect(taken.reference == "m/1" && taken.measures == 2)
        let registry = try project.session.registry(), run = try registry.run(taken.run)
        #expect(run.kind == .feedback && run.experiment == "live-paper" && run.status == .finished)
        #expect(try registry.latestMetrics(run: run.id) == ["live.profit": 12.5, "live.bars": 40])
        #expect(try registry.artefacts(run: run.id).map(\.name) == [.feedback])
        #expect(
            try TraceLineage.run("m/1", downstream: true, session: project.session).nodes.last?.kind == .feedback)
        let byModel = try project.write(#"{"model": "m/1", "profit": 1}"#, to: "by-model.json")
        #expect(try TakeFeedback.run(byModel, environment: "paper", session: project.session).reference == "m/1")
        for (text, code) in [
            (#"{"bundle": "other", "profit": 1}"#, "feedback.unknown"), (#"{"model": "m/2"}"#, "feedback.unknown"),
            (#"{"model": "m/1"}"#, "feedback.format"),
        ] {
            let file = try project.write(text, to: "bad.json")
            #expect(
                project.code { _ = try TakeFeedback.run(file, environment: "paper", session: project.session) } == code)
        }
    }
}
