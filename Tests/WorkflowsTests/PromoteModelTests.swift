import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Trading

import Workflows

/// From a gated version to a bundle in force, with every way it can be refused.
@Suite struct PromoteModelTests {
    @Test("a gated version is signed, installed and on record; its alias moves and its documents lie beside each other")
    func promotes() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let outcome = try project.promote("m/1", runtime)
        #expect(outcome.alias == "paper" && outcome.receipt.outcome == "installed" && outcome.receipt.counter == 1)
        #expect(outcome.version.reference == "m/1" && outcome.receipt.envelope != nil)
        let registry = try project.session.registry()
        #expect(try registry.aliasState("paper", model: "m") == .version(1))
        #expect(try registry.aliasState("champion", model: "m") == .unset)
        #expect(try registry.promotionsUnderWay().isEmpty)
        #expect(try registry.promotion(of: outcome.bundle)?.state == .installed)
        let current = project.environment + "/installed/current.hftbundle"
        #expect(try Digest.sha256(file: current) == outcome.bundle)
        let trusted = try TrustedKeys(directory: project.file("Registry/keys"))
        let bundle = try ModelBundle.verify(try FileChunks.bytes(current), trusted: trusted)
        #expect(bundle.identity.name == "m" && bundle.identity.version == 1 && bundle.signer.name == "paper-promoter")
        let terms = try #require(bundle.terms), order = try DeploymentOrder(terms.deployment),
            verdict = try Verdict(terms.verdict), shown = try ShowEnvironment.run("paper", session: project.session)
        #expect(order.environment == "paper" && order.counter == 1 && order.action == .promote && order.share == 1)
        #expect(order.authority.counter == 1 && order.authority.digest == shown.digest)
        #expect(order.manifest == terms.manifestDigest && order.verdict == terms.verdict.payloadDigest)
        #expect(order.limits == terms.limitsDigest && order.limits == verdict.limits)
        #expect(verdict.weights == outcome.version.weights && verdict.weights == terms.weightsDigest)
        #expect(verdict.strategy == terms.strategy.digest && verdict.isPassed && verdict.authority == shown.digest)
        #expect(Paths.exists(project.session.artefacts.path(outcome.bundle)), "every promoted bundle is kept")

        let documents = project.file("Registry/promotions/paper-m-1-\(outcome.bundle.prefix(12))")
        #expect(
            try Paths.entries(documents).sorted() == [
                "bom.cdx.json", "model-card.json", "model-card.md", "provenance.dsse.json", "status.json",
                "test-result.dsse.json",
            ])
        #expect(
            try project.json("Registry/promotions/\(Paths.name(documents))/status.json")[key: "state"]?.stringValue
                == "installed")
        #expect(try project.read("Registry/audit-heads.jsonl").split(separator: "\n").count == 3)
        #expect(
            try project.actions("prom") == ["promote", "promotion.documents"]
                && project.actions("alias") == ["alias.set"]
                && project.actions("deployment") == [
                    "deployment.installed"
                ])
        #expect(try VerifyRecord.run(session: project.session) == [])
        let kinds = try TraceLineage.run("m/1", downstream: true, session: project.session).nodes.map(\.kind)
        #expect(Set(kinds) == [.version, .gateDecision, .bundle, .deployment, .receipt])
    }

    @Test("the second promotion replaces the first, and says so on record")
    func replaces() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let first = try project.promote("m/1", runtime), second = try project.promote("m/2", runtime)
        #expect(second.receipt.replaced == first.bundle)
        let registry = try project.session.registry()
        #expect(try registry.promotion(of: second.bundle)?.replaced == 1)
        #expect(try registry.version("m@paper").version == 2)
        #expect(try project.read("Registry/audit-heads.jsonl").split(separator: "\n").count == 6)
    }

    @Test("a runtime that refuses leaves the alias where it was, and its reason on record")
    func refusedByRuntime() throws {
        let project = try TestProject(), runtime = FakeRuntime(.refuse("the golden pair differs"))
        let failure = #expect(throws: Failure.self) { try project.promote("m/1", runtime) }
        #expect(failure?.code == "promote.refused-by-runtime")
        #expect(failure?.message.contains("the golden pair differs") == true && failure?.exitStatus == .refused)
        let registry = try project.session.registry()
        #expect(try registry.aliasState("paper", model: "m") == .unset)
        #expect(try registry.promotionsUnderWay().isEmpty)
        #expect(try project.actions("promotion") == ["promotion.documents", "promotion.refused"])
        let documents = try Paths.entries(project.file("Registry/promotions"))
        let status = try project.json("Registry/promotions/\(documents[0])/status.json")
        #expect(documents.count == 1 && status[key: "state"]?.stringValue == "refused")
        #expect(status[key: "reason"]?.stringValue?.contains("the golden pair differs") == true)
    }

    @Test("without an answer the bundle waits; the next look takes the receipt in, and the alias moves then")
    func timeout() throws {
        let project = try TestProject(), runtime = FakeRuntime(.silence)
        let failure = #expect(throws: Failure.self) { try project.promote("m/1", runtime) }
        #expect(failure?.code == "promote.no-receipt")
        let registry = try project.session.registry()
        #expect(try registry.promotionsUnderWay().map(\.reference) == ["m/1"])
        #expect(try Paths.entries(project.environment + "/inbox").filter { $0.hasSuffix(".hftbundle") }.count == 1)
        #expect(try ListDeployments.run(environment: "paper", session: project.session).records.isEmpty)
        #expect(try registry.aliasState("paper", model: "m") == .unset)
        // A second one would overtake it.
        #expect(project.code { try project.promote("m/2", runtime) } == "promote.under-way")
        // What is on its way stays on record until the runtime has answered.
        #expect(
            project.code { try registry.delete(.version(model: "m", number: 1), reason: "") } == "registry.in-use")
        #expect(project.code { try registry.delete(.model("m"), reason: "") } == "registry.in-use")
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        #expect(
            try ListDeployments.run(environment: nil, session: project.session).records.map(\.outcome) == ["installed"])
        #expect(try registry.aliasState("paper", model: "m") == .version(1))
        #expect(try registry.promotionsUnderWay().isEmpty)
    }

    @Test("a faulty environment is found before anything is recorded, and the next promotion is free to go")
    func unwritable() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.judge()
        // A file where the inbox should be.
        let inbox = project.environment + "/inbox"
        try Paths.remove(inbox)
        try project.write("", to: "Registry/environments/paper/inbox")
        let request = try project.request()
        func promote() throws -> PromoteModel.Outcome {
            try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }
        #expect(project.code { _ = try promote() } == "promote.environment")
        let registry = try project.session.registry()
        #expect(try registry.promotionsUnderWay().isEmpty && project.actions("prom").isEmpty)
        try Paths.remove(inbox)
        #expect(try promote().alias == "paper")
    }

    @Test("a promotion whose bundle vanished is withdrawn after five seconds, and not before")
    func settles() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock), runtime = FakeRuntime(.silence)
        #expect(project.code { try project.promote("m/1", runtime) } == "promote.no-receipt")
        let inbox = project.environment + "/inbox"
        for name in try Paths.entries(inbox) { try Paths.remove("\(inbox)/\(name)") }
        time.advance(seconds: 4)
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.begun])
        time.advance(seconds: 2)
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.withdrawn])
        #expect(try SettlePromotions.run(session: project.session).isEmpty)
    }

    @Test("what a gate did not pass, or passed on something else, is not promoted")
    func gates() throws {
        let project = try TestProject(), runtime = FakeRuntime().port
        func code(_ change: (inout PromoteModel.Request) -> Void = { _ in }) throws -> String? {
            var request = try project.request()
            change(&request)
            return project.code { _ = try PromoteModel.run(request, runtime: runtime, session: project.session) }
        }
        #expect(try code() == "promote.no-gate")
        // For no environment, and so signed by nobody.
        try project.gate()
        #expect(try code() == "promote.unsigned-gate")
        try project.judge()
        let other = try project.write(
            try project.read("strategy.yaml").replacing("costBps: 1", with: "costBps: 2"), to: "other.yaml")
        #expect(try code { $0.strategy = other } == "promote.other-strategy")
        #expect(try code { $0.share = 0 } == "promote.share")
        #expect(try code { $0.share = 1.5 } == "promote.share")
        #expect(try code { $0.environment = "papre" } == "promote.no-environment")
        #expect(try code { $0.reference = "n/1" } == "registry.no-version")
        #expect(try code { $0.key = "paper-gate" } == "promote.key")
        let request = try project.request(), policy = try project.read("Registry/gates/easy.yaml")
        func now() -> String? {
            project.code { _ = try PromoteModel.run(request, runtime: runtime, session: project.session) }
        }
        try project.write(policy.replacing("minimum: -1", with: "minimum: -0.9"), to: "Registry/gates/easy.yaml")
        #expect(now() == "promote.other-policy")
        try Paths.remove(project.file("Registry/gates/easy.yaml"))
        #expect(now() == "promote.no-policy")
        #expect(try project.actions("promote").isEmpty, "nothing was begun")
    }

    @Test("a refusal that the gate signed later counts, whatever passed before")
    func refusedLater() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        try project.judge()
        // The same policy, stricter costs: the environment's own lines fail.
        time.advance(seconds: 1)
        try project.amend { $0.replacing("minimumCostBps: 1", with: "minimumCostBps: 5") }
        time.advance(seconds: 1)
        let refused = try project.judge()
        #expect(!refused.report.isPassed)
        #expect(refused.report.items.first { $0.name == "environment-costs" }?.status == .failed)
        let request = try project.request()
        let failure = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: FakeRuntime().port, session: project.session)
        }
        #expect(failure?.code == "promote.refused" && failure?.message.contains("reckons with 1") == true)
    }

    @Test("an unknown environment is wrong usage, with the nearest one; one without runtime.json says so")
    func environments() throws {
        let project = try TestProject()
        try project.judge()
        func failure(_ name: String) throws -> Failure? {
            var request = try project.request()
            request.environment = name
            return #expect(throws: Failure.self) {
                try PromoteModel.run(request, runtime: FakeRuntime().port, session: project.session)
            }
        }
        let unknown = try failure("papr")
        #expect(unknown?.hint == "did you mean 'paper'?" && unknown?.exitStatus == .usage)
        try FileManager.default.createDirectory(
            atPath: project.file("Registry/environments/bare"), withIntermediateDirectories: true)
        #expect(try failure("bare")?.message.contains("runtime.json") == true)
    }

    @Test("an order of aliases holds for promotion, and an own alias is moved in place of champion")
    func aliases() throws {
        let project = try TestProject()
        try project.write("schemaVersion: 1\naliases: [staging, champion]\n", to: "Registry/hftml.yaml")
        let session = try project.session(actor: "ann@desk"), runtime = FakeRuntime()
        try project.judge()
        let request = try project.request()
        var champion = request
        champion.alias = "champion"
        let refused = project.code { [champion] in
            _ = try PromoteModel.run(champion, runtime: runtime.port, session: session)
        }
        #expect(refused == "registry.alias-order")
        var staging = request
        staging.alias = "staging"
        #expect(try PromoteModel.run(staging, runtime: runtime.port, session: session).alias == "staging")
        #expect(try session.registry().version("m@staging").version == 1)
    }

    @Test("a canary trades a share of the instruments; an environment may ask for hours of it without a break")
    func canary() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock), runtime = FakeRuntime(clock: time.clock)
        try project.amend { $0 + "canary: {hours: 2, share: 0.5}\n" }
        try project.judge()
        func promote(share: Double, _ reference: String = "m/1") throws -> PromoteModel.Outcome {
            var request = try project.request(reference)
            request.share = share
            return try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }
        func refusal(_ reference: String = "m/1") -> Failure? {
            #expect(throws: Failure.self) { try promote(share: 1, reference) }
        }
        let early = refusal()
        #expect(early?.code == "promote.canary" && early?.message.contains("never a canary") == true)
        let canary = try promote(share: 0.5)
        #expect(canary.alias == "paper-canary")
        let bundle = try ModelBundle.verify(
            try FileChunks.bytes(project.environment + "/installed/current.hftbundle"),
            trusted: try TrustedKeys(directory: project.file("Registry/keys")))
        #expect(bundle.limits.instruments.count == 1 && bundle.terms?.canary?.universe.count == 2)
        func trade(hours: Double) throws {
            try runtime.trade(project.environment)
            var left = hours
            while left > 0 {
                time.advance(hours: min(left, 0.5))
                left -= 0.5
                try runtime.trade(project.environment)
            }
        }
        time.advance(hours: 3)
        #expect(refusal()?.message.contains("a canary for 0 hours") == true, "nothing ran")
        try trade(hours: 1.0 / 3600)
        #expect(refusal()?.code == "promote.canary", "a second is no canary")
        try trade(hours: 1.5)
        #expect(refusal()?.message.contains("a canary for 1.5 hours") == true)
        // Another version in between ends it, and the hours begin anew.
        try project.judge("m/2")
        _ = try promote(share: 0.5, "m/2")
        try trade(hours: 1)
        try project.judge()
        _ = try promote(share: 0.5)
        try trade(hours: 1)
        #expect(refusal()?.message.contains("a canary for 1.5 hours") == true)
        try trade(hours: 1.1)
        #expect(try promote(share: 1).alias == "paper")
    }

    @Test("a larger canary contains a smaller one, none is empty, and none is all")
    func canaryShares() {
        let all = (0..<20).map { "I\($0)" }
        var smaller: Set<String> = []
        for share in [0.01, 0.1, 0.25, 0.5, 0.9, 0.99, 1] {
            let chosen = PromoteModel.canaryInstruments(all, share: share)
            let count = share == 0.99 ? 19 : max(Int((share * 20).rounded()), 1)
            #expect(chosen.count == count && chosen == chosen.sorted())
            #expect(smaller.isSubset(of: chosen))
            smaller = Set(chosen)
        }
        #expect(PromoteModel.canaryInstruments(["A"], share: 0.5) == ["A"])
    }
}
