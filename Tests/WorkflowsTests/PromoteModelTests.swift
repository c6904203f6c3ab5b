import Basics
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
        #expect(outcome.alias == "champion" && outcome.receipt.outcome == "installed")
        #expect(outcome.version.reference == "m/1")
        let registry = try project.session.registry()
        #expect(try registry.aliasState("champion", model: "m") == .version(1))
        #expect(try registry.promotionsUnderWay().isEmpty)
        #expect(try registry.promotion(of: outcome.bundle)?.state == .installed)
        let current = project.environment + "/installed/current.hftbundle"
        #expect(try Digest.sha256(file: current) == outcome.bundle)
        let trusted = try TrustedKeys(directory: project.environment + "/trusted")
        let bundle = try ModelBundle.verify(try FileChunks.bytes(current), trusted: trusted)
        #expect(bundle.identity.name == "m" && bundle.identity.version == 1 && bundle.signer.name == "signer")
        #expect(bundle.identity.gateDecision == (try registry.latestDecision(for: outcome.version))?.digest)

        let documents = project.file("Registry/promotions/paper-m-1-\(outcome.bundle.prefix(12))")
        #expect(
            try Paths.entries(documents).sorted() == [
                "bom.cdx.json", "model-card.json", "model-card.md", "provenance.dsse.json", "test-result.dsse.json",
            ])
        #expect(try project.read("Registry/audit-heads.jsonl").split(separator: "\n").count == 1)
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
        #expect(try registry.version("m@champion").version == 2)
        #expect(try project.read("Registry/audit-heads.jsonl").split(separator: "\n").count == 2)
    }

    @Test("a runtime that refuses leaves the alias where it was, and its reason on record")
    func refusedByRuntime() throws {
        let project = try TestProject(), runtime = FakeRuntime(.refuse("the golden pair differs"))
        let failure = #expect(throws: Failure.self) { try project.promote("m/1", runtime) }
        #expect(failure?.code == "promote.refused-by-runtime")
        #expect(failure?.message.contains("the golden pair differs") == true && failure?.exitStatus == .refused)
        let registry = try project.session.registry()
        #expect(try registry.aliasState("champion", model: "m") == .unset)
        #expect(try registry.promotionsUnderWay().isEmpty)
        #expect(try project.actions("promotion") == ["promotion.documents", "promotion.refused"])
    }

    @Test("without an answer the bundle waits; the next look takes the receipt in, and the alias moves then")
    func timeout() throws {
        let project = try TestProject(), runtime = FakeRuntime(.silence)
        let failure = #expect(throws: Failure.self) { try project.promote("m/1", runtime) }
        #expect(failure?.code == "promote.no-receipt")
        let registry = try project.session.registry()
        #expect(try registry.promotionsUnderWay().map(\.reference) == ["m/1"])
        #expect(try Paths.entries(project.environment + "/inbox").count == 1)
        #expect(try ListDeployments.run(environment: "paper", session: project.session).isEmpty)
        #expect(try registry.aliasState("champion", model: "m") == .unset)
        // A second one would overtake it.
        #expect(project.code { try project.promote("m/2", runtime) } == "promote.under-way")
        // What is on its way stays on record until the runtime has answered.
        #expect(
            project.code { try registry.delete(.version(model: "m", number: 1), reason: "") } == "registry.in-use")
        #expect(project.code { try registry.delete(.model("m"), reason: "") } == "registry.in-use")
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        #expect(try ListDeployments.run(environment: nil, session: project.session).map(\.outcome) == ["installed"])
        #expect(try registry.aliasState("champion", model: "m") == .version(1))
        #expect(try registry.promotionsUnderWay().isEmpty)
    }

    @Test("a bundle that cannot be written is withdrawn at once, and the next promotion is free to go")
    func unwritable() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.gate()
        // A file where the inbox should be.
        try project.write("", to: "Registry/environments/paper/inbox")
        #expect(
            project.code {
                _ = try PromoteModel.run(try project.request(), runtime: runtime.port, session: project.session)
            }
                != nil)
        let registry = try project.session.registry()
        #expect(try registry.promotionsUnderWay().isEmpty)
        #expect(try project.actions("promotion.w") == ["promotion.withdrawn"])
        try Paths.remove(project.environment + "/inbox")
        #expect(
            try PromoteModel.run(try project.request(), runtime: runtime.port, session: project.session).alias
                == "champion")
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
        try project.gate(policy: "hard")
        #expect(try code() == "promote.refused")
        try project.gate()
        let other = try project.write(
            try project.read("strategy.yaml").replacing("costBps: 1", with: "costBps: 2"), to: "other.yaml")
        #expect(try code { $0.strategy = other } == "promote.other-strategy")
        #expect(try code { $0.share = 0 } == "promote.share")
        #expect(try code { $0.share = 1.5 } == "promote.share")
        #expect(try code { $0.environment = "papre" } == "promote.no-environment")
        #expect(try code { $0.reference = "n/1" } == "registry.no-version")
        try project.write(
            try project.read("Registry/gates/easy.yaml").replacing("minimum: -1", with: "minimum: -0.9"),
            to: "Registry/gates/easy.yaml")
        #expect(try code() == "promote.other-policy")
        try Paths.remove(project.file("Registry/gates/easy.yaml"))
        #expect(try code() == "promote.no-policy")
        #expect(try project.actions("promote").isEmpty, "nothing was begun")
    }

    @Test("an unknown environment is wrong usage, with the nearest one; one without runtime.json says so")
    func environments() throws {
        let project = try TestProject()
        try project.gate()
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
        try project.gate()
        let request = try project.request()
        #expect(
            project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: session) }
                == "registry.alias-order")
        var staging = request
        staging.alias = "staging"
        #expect(try PromoteModel.run(staging, runtime: runtime.port, session: session).alias == "staging")
        #expect(try session.registry().version("m@staging").version == 1)
    }

    @Test("a canary trades a share of the instruments; a policy may ask for hours of it, for the same weights")
    func canary() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock), runtime = FakeRuntime()
        try project.write(
            try project.read("Registry/gates/easy.yaml") + "canaryHours: 2\n", to: "Registry/gates/easy.yaml")
        try project.gate()
        func promote(share: Double) throws -> PromoteModel.Outcome {
            var request = try project.request()
            request.share = share
            return try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        }
        let early = #expect(throws: Failure.self) { try promote(share: 1) }
        #expect(early?.code == "promote.canary" && early?.message.contains("never a canary") == true)
        let canary = try promote(share: 0.5)
        #expect(canary.alias == "canary")
        let bundle = try ModelBundle.verify(
            try FileChunks.bytes(project.environment + "/installed/current.hftbundle"),
            trusted: try TrustedKeys(directory: project.environment + "/trusted"))
        #expect(bundle.limits.instruments.count == 1)
        time.advance(hours: 1.5)
        let short = #expect(throws: Failure.self) { try promote(share: 1) }
        #expect(short?.message.contains("a canary for 1.5 hours") == true)
        time.advance(hours: 0.5)
        #expect(try promote(share: 1).alias == "champion")
    }

    @Test("a larger canary contains a smaller one, and none is empty")
    func canaryShares() {
        let all = (0..<20).map { "I\($0)" }
        var smaller: Set<String> = []
        for share in [0.01, 0.1, 0.25, 0.5, 0.9, 1] {
            let chosen = PromoteModel.canaryInstruments(all, share: share)
            #expect(chosen.count == max(Int((share * 20).rounded()), 1) && chosen == chosen.sorted())
            #expect(smaller.isSubset(of: chosen))
            smaller = Set(chosen)
        }
    }

    // MARK: Health

    private static let healthy: [String: JSONValue] = [
        "bars": .int(10), "submitted": .int(1), "denied": .int(0), "profit": .double(1), "p99Ns": .int(10),
        "halted": .bool(false), "undefined": .int(0), "predictions": .int(10),
    ]

    private static func withHealth(_ rule: String) throws -> TestProject {
        let project = try TestProject()
        try project.write(
            try project.read("Registry/gates/easy.yaml") + "health: \(rule)\n", to: "Registry/gates/easy.yaml")
        return project
    }

    @Test("a health rule decides by the runtime's report; a probe is replayed for it")
    func health() throws {
        let project = try Self.withHealth("{withinSeconds: 0.1, minimumBars: 5}"),
            runtime = FakeRuntime(health: Self.healthy)
        try project.gate()
        var request = try project.request()
        request.probe = ["bars.csv"]
        let outcome = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
        #expect(outcome.alias == "champion" && runtime.replays == [["bars.csv"]] && runtime.halts.isEmpty)
    }

    @Test("without a report in time an environment that ran nothing before is halted, and the alias stays")
    func noHealth() throws {
        let project = try Self.withHealth("{withinSeconds: 0.1, minimumBars: 5}"), runtime = FakeRuntime()
        let failure = #expect(throws: Failure.self) { try project.promote("m/1", runtime) }
        #expect(failure?.code == "promote.unhealthy" && failure?.hint?.contains("halted") == true)
        #expect(runtime.halts.count == 1 && runtime.halts[0].hasPrefix("health: "))
        let registry = try project.session.registry()
        #expect(try registry.aliasState("champion", model: "m") == .unset && registry.promotionsUnderWay().isEmpty)
    }

    @Test("an unhealthy bundle makes room for the one before it")
    func unhealthy() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let first = try project.promote("m/1", runtime)
        try project.write(
            try project.read("Registry/gates/easy.yaml") + "health: {withinSeconds: 0.1, maximumLoss: 5}\n",
            to: "Registry/gates/easy.yaml")
        var losing = Self.healthy
        losing["profit"] = .double(-6)
        let failure = #expect(throws: Failure.self) { try project.promote("m/2", FakeRuntime(health: losing)) }
        #expect(failure?.code == "promote.unhealthy" && failure?.message.contains("lost") == true)
        #expect(failure?.hint?.contains("in force again") == true)
        #expect(try Digest.sha256(file: project.environment + "/installed/current.hftbundle") == first.bundle)
        #expect(try project.session.registry().aliasState("champion", model: "m") == .version(1))
    }

    @Test("a replay that fails is no sign of health")
    func failingReplay() throws {
        let project = try Self.withHealth("{withinSeconds: 5}")
        try project.gate()
        var request = try project.request(), port = FakeRuntime(health: Self.healthy).port
        request.probe = ["bars.csv"]
        port.replay = { _, _ in throw Failure("test.replay", "no such bars") }
        let failure = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: port, session: project.session)
        }
        #expect(failure?.message.contains("the replay failed: no such bars") == true)
    }
}
