import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// What takes a promotion back: rollback, withdrawal; and what is told of it afterwards.
@Suite struct RollBackTests {
    @Test("what was in force before comes back by a new order, with the alias that it was promoted under")
    func rollsBack() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let first = try project.promote("m/1", runtime), second = try project.promote("m/2", runtime)
        let outcome = try project.rollBack(runtime)
        #expect(outcome.receipt.manifest == first.receipt.manifest && outcome.receipt.replaced == second.bundle)
        #expect(outcome.receipt.counter == 3 && outcome.target == 1 && outcome.aliases == ["paper"])
        let registry = try project.session.registry()
        #expect(try registry.version("m@paper").version == 1)
        let moved = try registry.latestAudit(action: "alias.set", subject: .alias("paper", model: "m"))
        #expect(moved?.detail.contains("rollback of paper") == true)
        // A second one never brings back what the first one took out.
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.none")
        #expect(try registry.version("m@paper").version == 1)
        // Whoever wants it promotes it: naming it is no way around the rules.
        #expect(project.code { _ = try project.rollBack(runtime, to: "2") } == "rollback.unknown")
        #expect(project.code { _ = try project.rollBack(runtime, to: "m/1") } == "rollback.unknown", "it is in force")
        #expect(project.code { _ = try project.rollBack(runtime, to: "77") } == "rollback.unknown")
        #expect(try VerifyRecord.run(session: project.session) == [])
    }

    @Test("a place for anchors that cannot be reached holds up no rollback, and is no secret")
    func unreachableAnchors() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let first = try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        // A file stands where the directory would be made.
        try project.write("", to: "mount")
        try project.write("schemaVersion: 1\nanchors: [{directory: mount/heads}]\n", to: "Registry/hftml.yaml")
        let session = try project.session(actor: "ann@desk")
        var back = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        back.wait = 0
        let outcome = try RollBack.run(back, runtime: runtime.port, session: session)
        #expect(outcome.receipt.manifest == first.receipt.manifest)
        #expect(try session.registry().version("m@paper").version == 1)
        #expect(throws: (any Error).self) { try SignHead.anchor(as: nil, session: session) }
        #expect(try !VerifyRecord.run(session: session).isEmpty)
    }

    @Test("a document that has expired stops promotions, and not the way back")
    func expiredDocument() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock), runtime = FakeRuntime(clock: time.clock)
        let first = try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        let request = try project.request("m/1")
        time.advance(hours: 24 * 366)
        #expect(
            project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session) }
                == "authority.expired")
        var back = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        back.wait = 0
        let outcome = try RollBack.run(back, runtime: runtime.port, session: project.session)
        #expect(outcome.receipt.manifest == first.receipt.manifest)
        let bytes = try FileChunks.bytes(project.environment + "/installed/current.hftbundle")
        let keys = try TrustedKeys(directory: project.file("Registry/keys"))
        let terms = try #require(try ModelBundle.verify(bytes, trusted: keys).terms)
        let order = try DeploymentOrder(terms.deployment)
        // It waits no longer than any order.
        #expect(order.action == .rollback && order.expiresAt == order.time + 21_600_000_000_000)
    }

    @Test("a promotion that is repeated does nothing, and leaves the version before within reach")
    func repeated() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        let second = try project.promote("m/2", runtime)
        let before = try project.actions().count, inbox = try Paths.entries(project.environment + "/inbox")
        let request = try project.request("m/2")
        let again = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        #expect(again.isStanding && again.bundle == second.bundle && again.receipt == second.receipt)
        #expect(try project.actions().count == before && Paths.entries(project.environment + "/inbox") == inbox)
        #expect(try project.rollBack(runtime).receipt.version == 1)
    }

    @Test("a host's clock that runs behind makes no verdict newer than the rollback: the log says what came before")
    func slowHost() throws {
        let time = TestClock(), slow = TestClock(), project = try TestProject(clock: time.clock)
        let runtime = FakeRuntime(clock: slow.clock)
        func advance(_ seconds: Double) { for clock in [time, slow] { clock.advance(seconds: seconds) } }
        slow.advance(seconds: -240)
        try project.promote("m/1", runtime)
        advance(3600)
        try project.promote("m/2", runtime)
        advance(60)
        #expect(try project.rollBack(runtime).receipt.version == 1)
        let request = try project.request("m/2"), session = project.session
        let code = project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: session) }
        #expect(code == "promote.old-gate")
    }

    @Test("a rollback from a canary leaves the environment's alias where it is")
    func fromCanary() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.judge("m/2")
        var request = try project.request("m/2")
        (request.share, request.alias) = (0.5, "tryout")
        _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        let before = try project.actions("alias").count
        let outcome = try project.rollBack(runtime)
        #expect(outcome.receipt.version == 1 && outcome.aliases == ["tryout"])
        #expect(try project.session.registry().version("m@paper").version == 1)
        #expect(try project.actions("alias").count == before + 1, "no alias stays on what was taken out of force")
    }

    @Test("it works without the registry, and without the machine that trained")
    func elsewhere() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        let other = try TestProject(.empty)
        for name in ["environments", "keys", "gates"] {
            try Paths.remove(other.file("Registry/\(name)"))
            try FileManager.default.copyItem(
                atPath: project.file("Registry/\(name)"), toPath: other.file("Registry/\(name)"))
        }
        let outcome = try other.rollBack(runtime)
        #expect(outcome.receipt.version == 1 && outcome.receipt.counter == 3 && outcome.aliases.isEmpty)
        #expect(other.code { _ = try other.rollBack(runtime) } == "rollback.none")
        #expect(
            try ListDeployments.run(environment: "paper", session: other.session).records.map(\.counter) == [3, 2, 1])
    }

    @Test("what nobody may order, a runtime that does not answer, or an environment that nobody knows, changes nothing")
    func refusals() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.none", "there is none before")
        try project.promote("m/2", runtime)
        func code(_ change: (inout RollBack.Request) -> Void) -> String? {
            var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "a test")
            request.wait = 0
            change(&request)
            return project.code { [request] in
                _ = try RollBack.run(request, runtime: runtime.port, session: project.session)
            }
        }
        #expect(code { $0.reason = " " } == "rollback.reason")
        #expect(code { $0.key = "paper-gate" } == "promote.key")
        runtime.answer(.silence)
        #expect(code { $0.wait = 0 } == "rollback.no-receipt")
        let unknown = #expect(throws: Failure.self) { try project.rollBack(runtime, in: "papr") }
        #expect(unknown?.code == "promote.no-environment" && unknown?.hint == "did you mean 'paper'?")
        #expect(unknown?.exitStatus == .usage)
        #expect(try project.session.registry().version("m@paper").version == 2)
    }

    @Test("it is allowed in a freeze, and not beyond limits that were tightened since")
    func freeze() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        try project.amend { $0.replacing("maximumPosition: 1000", with: "maximumPosition: 10") }
        #expect(project.code { _ = try project.rollBack(runtime) } == "promote.limits")
        try project.amend {
            $0.replacing("maximumPosition: 10\n", with: "maximumPosition: 1000\n")
                .replacing("freezes: []", with: "freezes: [{from: 2020-01-01, to: 2200-01-01, reason: always}]")
        }
        #expect(try project.rollBack(runtime).receipt.version == 1)
    }

    @Test("a bundle that waits in the inbox can be withdrawn")
    func withdraws() throws {
        let project = try TestProject(), runtime = FakeRuntime(.silence)
        try project.handOver("m/1", runtime)
        let outcome = try project.withdraw(runtime)
        let promotion = try #require(outcome.promotion)
        #expect(promotion.reference == "m/1" && outcome.environment == "paper")
        // The host has not answered: until its order ends, a copy of the bundle is good.
        let waits = try #require(outcome.expiresAt) - promotion.begunAt
        #expect(!outcome.isConfirmed && waits > 0 && waits <= 21_600_000_000_000)
        let waiting = try Paths.entries(project.environment + "/inbox").filter { !$0.hasSuffix(".authority.json") }
        #expect(waiting == ["1.withdrawal.json"])
        // It is for this host alone, as the order was.
        let text = try FileChunks.text(project.environment + "/inbox/1.withdrawal.json")
        let host = try SigningKey.read(DeploymentDirectory(project.environment).hostKey).publicKey.id
        #expect(try Withdrawal(try Envelope(text)).host == host)
        // The record has the very word, whoever wrote the rest of the entry.
        let entry = try #require(try project.session.registry().auditEntries(actionPrefix: "promotion.w").last)
        let recorded = try JSONParser.parse(entry.detail)[key: "withdrawal"]?.stringValue
        #expect(recorded.map { "\($0)\n" } == text)
        #expect(try project.actions("promotion.w") == ["promotion.withdrawn"])
        #expect(project.code { _ = try project.withdraw(runtime) } == "promote.none")
    }

    @Test(
        "what was withdrawn stays out of force, whoever kept its bundle, and a record that says else is told"
    )
    func keptBundle() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.handOver("m/2", runtime)
        let inbox = project.environment + "/inbox"
        let name = try #require(try Paths.entries(inbox).first { $0.hasSuffix(".hftbundle") })
        let kept = try FileChunks.bytes("\(inbox)/\(name)")
        let outcome = try project.withdraw(runtime)
        #expect(outcome.isConfirmed && outcome.expiresAt == nil)
        let registry = try project.session.registry()
        #expect(try registry.promotion(of: outcome.bundle)?.state == .withdrawn)
        let told = try ListDeployments.run(environment: "paper", session: project.session).entries.first
        #expect(told?.record.outcome == "withdrawn" && told?.record.counter == 2 && told?.host == "paper-host")
        #expect(try VerifyRecord.run(session: project.session).isEmpty)
        // A host that takes the copy all the same (this one asks nothing) runs what the record says was withdrawn.
        try AtomicFile.write(kept, to: "\(inbox)/kept.hftbundle")
        try runtime.port.accept(project.environment)
        let problems = try VerifyRecord.run(session: project.session)
        #expect(problems.count == 1 && problems[0].contains("and its promotion withdrawn"), "\(problems)")
        // The number is spent, for the next promotion too.
        #expect(try project.promote("m/2", runtime).receipt.counter == 3)
        #expect(try VerifyRecord.run(session: project.session).isEmpty)
    }

    @Test("a bundle that runs without having shown its health is taken out of force")
    func withdrawsRunning() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.runUnproven(runtime)
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.begun], "health is unknown")
        try project.withdraw(runtime)
        let registry = try project.session.registry()
        #expect(try registry.promotionsUnderWay().isEmpty && registry.version("m@paper").version == 1)
        #expect(
            try ListDeployments.run(environment: "paper", session: project.session).records.first?.outcome
                == "rolled-back")
    }

    @Test("deployments are listed newest first, by environment; an unknown environment is wrong usage")
    func deployments() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        func list(_ name: String?) throws -> ListDeployments.Outcome {
            try ListDeployments.run(environment: name, session: project.session)
        }
        #expect(try list("paper").entries.isEmpty)
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        let all = try list(nil)
        #expect(all.records.map(\.version) == [2, 1] && all.records.map(\.outcome) == ["installed", "installed"])
        #expect(all.records.map(\.counter) == [2, 1] && all.entries.map(\.host) == ["paper-host", "paper-host"])
        #expect(try list("paper").entries == all.entries)
        let unknown = #expect(throws: Failure.self) { try list("papers") }
        #expect(unknown?.code == "promote.no-environment" && unknown?.hint == "did you mean 'paper'?")
        // What is broken is told, and holds up nothing.
        try project.write("{}", to: "Registry/environments/paper/receipts/broken.json")
        #expect(try list(nil).problems.map(\.code) == ["receipt.format"] && list(nil).entries == all.entries)
        // One that is no JSON does not end the look at the others.
        try project.write("no JSON", to: "Registry/environments/paper/receipts/a.json")
        let problems = try VerifyRecord.run(session: project.session)
        #expect(problems.count { $0.contains("/receipts/") } == 2, "\(problems)")
        #expect(try project.rollBack(runtime).receipt.version == 1)
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
