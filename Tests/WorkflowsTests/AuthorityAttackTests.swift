import Basics
import Deployment
import Features
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Ways in which something that an environment did not allow went into force, or the record was moved: none works.
@Suite struct AuthorityAttackTests {
    @Test("a weaker policy is a rehearsal, and worth nothing")
    func weakerPolicy() throws {
        let project = try TestProject()
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: metric, metric: ic, minimum: -1}\n", to: "Registry/gates/lax.yaml")
        let outcome = try project.judge(policy: "lax")
        #expect(outcome.report.isPassed && outcome.decision.envelope == nil)
        #expect(outcome.signature.text.contains("a rehearsal under 'lax': worth nothing in 'paper'"))
        #expect(project.refusedPromotion()?.code == "promote.unsigned-gate")
    }

    @Test("a strategy without costs, or with wider limits, is refused by the environment's own lines")
    func costs() throws {
        let project = try TestProject(), text = try project.read("strategy.yaml")
        let free = try project.write(text.replacing("costBps: 1\n", with: "costBps: 0\n"), to: "free.yaml")
        let outcome = try project.judge(strategy: free)
        #expect(!outcome.report.isPassed && !outcome.decision.isPassed)
        #expect(outcome.report.items.filter { $0.status == .failed }.map(\.name) == ["environment-costs"])
        let wide = try project.write(
            text.replacing("maximumPosition: 100\n", with: "maximumPosition: 5000\n"), to: "wide.yaml")
        let limits = try project.judge(strategy: wide).report.items.first { $0.name == "environment-limits" }
        #expect(limits?.status == .failed && limits?.evidence == ["maximumPosition 5000, at most 1000"])
    }

    @Test("a verdict of a key without the role is recorded, shown and unsigned")
    func wrongRole() throws {
        let project = try TestProject()
        try project.environment()
        let outcome = try project.judge(key: "paper-promoter")
        #expect(outcome.signature.text.contains("has no role 'gate' in 'paper'") && outcome.decision.envelope == nil)
        #expect(project.refusedPromotion()?.code == "promote.unsigned-gate")
    }

    @Test("a forged verdict is inert, with a log entry and without")
    func forgedVerdict() throws {
        let project = try TestProject(), registry = try project.session.registry()
        try project.environment()
        let refused = try project.judge(policy: "hard").decision
        let report = refused.report.replacing("\"passed\": false", with: "\"passed\": true")
        func forged(_ envelope: String?) -> GateDecisionRecord {
            var record = GateDecisionRecord(
                model: "m", version: 1, weights: refused.weights, policy: "easy", policyDigest: refused.policyDigest,
                isPassed: true, report: report, decidedAt: registry.now(), decidedBy: "compliance@hq", incumbent: nil)
            record.envelope = envelope
            return record
        }
        try registry.record(forged(nil))
        #expect(project.refusedPromotion()?.code == "promote.unsigned-gate")
        // Signed by a key that the forger made.
        let shown = try ShowEnvironment.run("paper", session: project.session)
        let verdict = Verdict(
            subject: "m/1", weights: refused.weights, isPassed: true, environment: "paper", authority: shown.digest,
            policy: ("easy", shown.document[key: "policy"]?[key: "sha256"]?.stringValue ?? ""),
            strategy: Digest.sha256("s"), limits: Digest.sha256("l"), features: "f", incumbent: nil,
            evidence: [("report", Digest.sha256(report))], trials: Verdict.Trials(runs: 1, strategies: 1), log: nil,
            time: registry.now())
        try registry.record(forged(try verdict.signed(by: SigningKey(generating: "paper-gate")).text))
        #expect(project.refusedPromotion()?.code == "promote.gate-key")
        #expect(try VerifyRecord.run(session: project.session) == [], "the log knows both rows")
        // A good verdict is not hindered by them.
        try project.judge()
        #expect(project.refusedPromotion() == nil)
        // Without a log entry the log is not intact.
        let sql = "UPDATE gate_decision SET passed = 1 WHERE digest = '\(refused.digest)'"
        let result = try RunProgram.run(
            "/usr/bin/env", ["sqlite3", project.session.registryPath, sql], in: project.root)
        #expect(result.status == 0, "\(result.errors)")
        let altered = project.refusedPromotion("m/2")
        #expect(altered?.code == "promote.no-gate" && altered?.message.contains("changed") == true, "\(altered as Any)")
        #expect(try VerifyRecord.run(session: project.session).contains { $0.contains("gate verdict on") })
    }

    @Test("approvals are counted again: rejected after the gate, a key revoked after the gate")
    func people() throws {
        let project = try TestProject()
        for name in ["bob", "carl"] { try project.trust(name) }
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n",
            to: "Registry/gates/live.yaml")
        try project.environment(policy: "live")
        func say(_ kind: SignStatement.Kind, _ name: String) throws {
            let draft = try SignStatement.draft(
                kind, "m/1", policy: "live", signer: name, reason: "because", session: project.session)
            _ = try SignStatement.sign(draft, key: name, session: project.session)
        }
        try say(.approval, "bob")
        try project.judge()
        try say(.rejection, "carl")
        let rejected = project.refusedPromotion()
        #expect(rejected?.code == "promote.people" && rejected?.message.contains("'carl' rejected it") == true)
        try say(.approval, "carl")
        try ManageKeys.revoke("bob", reason: "left", session: project.session)
        try ManageKeys.revoke("carl", reason: "left", session: project.session)
        #expect(project.refusedPromotion()?.message.contains("0 of 1 approvals") == true)
    }

    @Test("a verdict for paper is worth nothing on live")
    func paperToLive() throws {
        let project = try TestProject()
        try project.environment("live")
        try project.judge(for: "paper")
        let request = try project.request(to: "live")
        let code = project.code {
            _ = try PromoteModel.run(request, runtime: FakeRuntime().port, session: project.session)
        }
        #expect(code == "promote.other-environment")
    }

    @Test("a receipt that no host signed moves nothing, whoever wrote it")
    func forgedReceipt() throws {
        let project = try TestProject(), registry = try project.session.registry(), runtime = FakeRuntime(.silence)
        #expect(project.code { _ = try project.promote("m/1", runtime) } == "promote.no-receipt")
        let promotion = try #require(try registry.promotionsUnderWay().first)
        let receipt = Receipt(
            environment: "paper", outcome: .installed, bundle: promotion.bundle, counter: 1, name: "m", version: 1,
            manifest: promotion.manifest, time: registry.now())
        let receipts = "Registry/environments/paper/receipts"
        try project.write(receipt.json.text(.compact), to: "\(receipts)/a.json")
        let eve = try receipt.signed(by: SigningKey(generating: "paper-host")).text
        try project.write(eve, to: "\(receipts)/b.json")
        let listed = try ListDeployments.run(environment: "paper", session: project.session)
        #expect(listed.entries.map(\.host) == [nil] && listed.problems.isEmpty)
        #expect(try registry.promotionsUnderWay().count == 1 && registry.aliasState("paper", model: "m") == .unset)
        #expect(try project.judge("m/2").decision.incumbent == nil)
        // Nor does a document that no root of the environment signed make somebody's key a host's.
        let stranger = SigningKey(generating: "stranger"), directory = "Registry/environments/paper"
        var document = try AuthorityEnvelope(try project.read("\(directory)/authority.json")).authority
        document.counter = 999
        document.root = try RootKeys(threshold: 1, keys: [stranger.publicKey])
        document.keys.append(PublicKey(name: "stranger", raw: stranger.publicKey.raw, roles: ["host"]))
        let planted = try project.write(
            try AuthorityEnvelope(document, signer: stranger).envelope.text, to: "\(directory)/authority/999.json")
        let word = try project.write(try receipt.signed(by: stranger).text, to: "\(receipts)/c.json")
        _ = try? ListDeployments.run(environment: "paper", session: project.session)
        #expect(try registry.promotionsUnderWay().count == 1 && registry.aliasState("paper", model: "m") == .unset)
        try Paths.remove(planted)
        try Paths.remove(word)
        // The host's own word counts, and takes the place of the forged one.
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        let after = try ListDeployments.run(environment: "paper", session: project.session)
        #expect(after.entries.compactMap(\.host) == ["paper-host"])
        #expect(try registry.aliasState("paper", model: "m") == .version(1))
    }

    @Test("a receipt of another environment is refused and told, and changes no incumbent")
    func crossEnvironment() throws {
        let project = try TestProject()
        try project.environment("live")
        try project.promote("m/1", FakeRuntime())
        let source = project.environment + "/receipts", target = project.file("Registry/environments/live/receipts")
        try Paths.makeDirectory(target)
        for name in try Paths.entries(source) {
            try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(target)/\(name)")
        }
        let listed = try ListDeployments.run(environment: nil, session: project.session)
        #expect(listed.problems.map(\.code) == ["receipt.environment"])
        #expect(listed.records.map(\.environment) == ["paper"])
        #expect(try project.judge("m/2", for: "live").decision.incumbent == nil)
    }

    @Test("the incumbent is what runs: a deleted alias, capital letters or a new name do not make it vanish")
    func incumbent() throws {
        let project = try TestProject(), registry = try project.session.registry()
        try project.promote("m/1", FakeRuntime())
        try registry.deleteAlias("paper", model: "m")
        #expect(try project.judge("m/2").decision.incumbent == "m/1")
        #expect(
            project.code {
                _ = try RegisterModel.run(project.model(2), name: "M", output: nil, session: project.session)
            } != nil)
        _ = try RegisterModel.run(project.model(2), name: "other", output: nil, session: project.session)
        #expect(try project.judge("other/1").decision.incumbent == "m/1")
        // The same weights under another name are no challenger of themselves.
        _ = try RegisterModel.run(project.model(1), name: "copy", output: nil, session: project.session)
        #expect(try project.judge("copy/1").decision.incumbent == nil)
        // Paper's promotion says nothing about live.
        #expect(try project.judge("m/2", for: "live").decision.incumbent == nil)
        #expect(try registry.aliasState("live", model: "m") == .unset)
    }

    @Test("an older document, a stranger's, or one with another word in it do not count")
    func documents() throws {
        let project = try TestProject(), place = project.environment
        try project.judge()
        try project.amend { $0.replacing("verdictDays: 7", with: "verdictDays: 6") }
        let first = try FileChunks.text("\(place)/authority/1.json"),
            second = try FileChunks.text("\(place)/authority.json")
        // The host has seen the second.
        try AtomicFile.write(second, to: "\(place)/installed/authority.json")
        try AtomicFile.write(first, to: "\(place)/authority.json")
        try Paths.remove("\(place)/authority/2.json")
        #expect(project.refusedPromotion()?.code == "authority.older")
        for name in ["authority.json", "authority/2.json"] { try AtomicFile.write(second, to: "\(place)/\(name)") }
        // Signed by keys that the attacker made, whatever they are called.
        let stranger = SigningKey(generating: "paper-root")
        let document = try AuthorityEnvelope(second).authority
        let taken = EnvironmentAuthority(
            name: document.name, counter: 3, createdAt: document.createdAt, expiresAt: document.expiresAt,
            root: try RootKeys(threshold: 1, keys: [stranger.publicKey]), keys: document.keys,
            policy: document.policy, minimumCostBps: 0, limits: document.limits)
        try AtomicFile.write(
            try AuthorityEnvelope(taken, signer: stranger).envelope.text, to: "\(place)/authority.json")
        #expect(project.refusedPromotion()?.code == "authority.signatures")
        try AtomicFile.write(second.replacing("payload\"", with: "paylaod\""), to: "\(place)/authority.json")
        #expect(project.refusedPromotion()?.code == "authority.unreadable")
        try AtomicFile.write(second, to: "\(place)/authority.json")
        #expect(project.refusedPromotion() == nil)
    }

    @Test("an environment reached through a link is its target")
    func link() throws {
        let project = try TestProject()
        try project.judge()
        try FileManager.default.createSymbolicLink(
            atPath: project.file("Registry/environments/backdoor"), withDestinationPath: "paper")
        #expect(project.refusedPromotion(to: "backdoor") == nil)
        #expect(try project.session.registry().aliasState("paper", model: "m") == .version(1))
        let listed = try ListDeployments.run(environment: "backdoor", session: project.session)
        #expect(listed.records.map(\.environment) == ["paper"])
        #expect(try ListEnvironments.run(session: project.session).map(\.environment) == ["paper"])
    }

    @Test("a key revoked after the gate ends what it signed, once the environment's document says so")
    func revoked() throws {
        let project = try TestProject()
        try project.judge()
        _ = try ManageKeys.trust("paper-gate", roles: ["gate"], session: project.session)
        try ManageKeys.revoke("paper-gate", reason: "lost", session: project.session)
        try project.environment()
        let failure = project.refusedPromotion()
        #expect(failure?.code == "promote.gate-key" && failure?.message.contains("was revoked") == true)
    }

    @Test("a freeze that begins after the gate, and a document that has ended, stop a promotion")
    func freeze() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        try project.judge()
        let from = TimeText.utc(time.clock.now() + 1_000_000_000), to = TimeText.utc(time.clock.now() + 9_000_000_000)
        try project.amend {
            $0.replacing("freezes: []", with: "freezes: [{from: \"\(from)\", to: \"\(to)\", reason: audit}]")
        }
        time.advance(seconds: 2)
        let frozen = project.refusedPromotion()
        #expect(frozen?.code == "promote.freeze" && frozen?.message.contains("audit") == true)
        #expect(try project.judge().report.items.first { $0.name == "environment-freeze" }?.status == .failed)
        time.advance(hours: 24 * 366)
        #expect(project.refusedPromotion()?.code == "authority.expired")
        let code = project.code {
            _ = try GateModel.run(
                "m/1", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
                environment: "paper", key: "paper-gate", session: project.session)
        }
        #expect(code == "authority.expired")
    }
}
