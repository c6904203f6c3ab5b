import Basics
import Deployment
import Features
import Foundation
import ModelBundles
import Promotion
import Registry
import Testing
import Workflows

/// What people signed, taken for more than they said: of other weights, environments, strategies, features.
@Suite struct StandingAttackTests {
    @Test("a rejection is of the weights: the same run under another name stays rejected until its signer approves it")
    func rejectedWeights() throws {
        let project = try TestProject(), registry = try project.session.registry()
        try project.trust("carl")
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: metric, metric: ic, minimum: -1}\n", to: "Registry/gates/live.yaml")
        try project.environment(policy: "live")
        func say(_ kind: SignStatement.Kind) throws {
            let draft = try SignStatement.draft(
                kind, "m/1", policy: "live", signer: "carl", reason: "leaks", session: project.session)
            _ = try SignStatement.sign(draft, key: "carl", session: project.session)
        }
        let version = try registry.version("m/1")
        let again = try RegisterModel.run(version.run, name: "other", output: nil, session: project.session)
        #expect(try registry.statements(ofWeightsOf: again).isEmpty)
        try project.judge("other/1")
        try say(.rejection)
        let found = try registry.statements(ofWeightsOf: again)
        #expect(found.map(\.signer) == ["carl"] && found.map(\.model) == ["m"])
        #expect(try registry.statements(ofWeightsOf: version).isEmpty, "its own are no others")
        let refused = project.refusedPromotion("other/1")
        #expect(refused?.code == "promote.people" && refused?.message.contains("'carl' rejected it: leaks") == true)
        // A yes for another environment takes back nothing here, under whatever name.
        var elsewhere = try SignStatement.draft(
            .approval, "m/1", policy: "live", signer: "carl", reason: "paper may try", session: project.session)
        elsewhere.statement.environment = "paper-2"
        let record = try elsewhere.statement.signed(
            with: PrivateKeys.signer("carl", session: project.session), model: "m", version: 1)
        try registry.record(record, detail: .map([]))
        #expect(project.refusedPromotion("other/1")?.code == "promote.people")
        try say(.approval)
        #expect(project.refusedPromotion("other/1") == nil)
    }

    @Test(
        "a rejection stands under every policy, and after its signer was taken out, until that or the key is taken back"
    )
    func rejectionOutlives() throws {
        let project = try TestProject()
        for name in ["bob", "carl"] { try project.trust(name) }
        func policy(_ name: String, _ least: Double) throws {
            try project.write(
                "schemaVersion: 1\nrules:\n  - {rule: metric, metric: ic, minimum: \(least)}\n",
                to: "Registry/gates/\(name).yaml")
        }
        func say(_ kind: SignStatement.Kind, _ name: String) throws {
            let draft = try SignStatement.draft(
                kind, "m/1", policy: nil, for: "paper", signer: name, reason: "leaks", session: project.session)
            _ = try SignStatement.sign(draft, key: name, session: project.session)
        }
        func refusal(by name: String) -> Bool {
            let refused = project.refusedPromotion()
            return ["promote.refused", "promote.people"].contains(refused?.code)
                && refused?.message.contains("'\(name)' rejected it: leaks") == true
        }
        try policy("live", -1)
        try policy("other", -0.8)
        for (name, policy) in [("paper", "live"), ("second", "other")] { try project.environment(name, policy: policy) }
        for name in ["bob", "carl"] { try say(.rejection, name) }
        try project.judge()
        #expect(refusal(by: "carl") && refusal(by: "bob"))
        // A rejection is of the weights, in every environment where its signer is somebody.
        try project.judge(for: "second")
        var request = try project.request(to: "second")
        request.wait = 0
        let second = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: FakeRuntime().port, session: project.session)
        }
        #expect(second?.code == "promote.refused", "\(second as Any)")
        #expect(second?.message.contains("'carl' rejected it: leaks") == true)
        // The next document has another text of the policy.
        try policy("live", -0.9)
        try project.judge()
        #expect(refusal(by: "carl"))
        try say(.approval, "bob")
        #expect(!refusal(by: "bob") && refusal(by: "carl"), "each takes back what is theirs")
        // Taken out of the document, and not revoked: what was taken back stays so, what was not stands.
        try project.amend { $0.replacing(#"  - {key: "bob", roles: ["risk"]}"# + "\n", with: "") }
        try project.judge()
        #expect(refusal(by: "carl") && !refusal(by: "bob"))
        try project.amend { $0.replacing(#"  - {key: "carl", roles: ["risk"]}"# + "\n", with: "") }
        try project.judge()
        #expect(refusal(by: "carl"))
        let page = try ReviewVersion.run(
            try SignStatement.draft(
                .approval, "m/1", policy: nil, for: "paper", signer: "bob", reason: "", session: project.session),
            session: project.session)
        #expect(page.signatures.contains { $0.kind == .rejection && $0.signer == "carl" && $0.objection == nil })
        // Whoever writes this registry takes nothing back; root keys do.
        try ManageKeys.revoke("carl", reason: "lost", session: project.session)
        #expect(refusal(by: "carl"))
        try project.amend { $0 }
        try project.judge()
        #expect(project.refusedPromotion() == nil)
    }

    @Test("an approval that says which environment it is for counts there alone, a rejection everywhere")
    func approvalForOne() throws {
        let project = try TestProject()
        for name in ["bob", "carl"] { try project.trust(name) }
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n",
            to: "Registry/gates/both.yaml")
        for name in ["paper", "live"] { try project.environment(name, policy: "both") }
        func say(_ kind: SignStatement.Kind, _ name: String, for environment: String?) throws -> String {
            let draft = try SignStatement.draft(
                kind, "m/1", policy: environment == nil ? "both" : nil, for: environment, signer: name,
                reason: "because", session: project.session)
            _ = try SignStatement.sign(draft, key: name, session: project.session)
            return draft.payload
        }
        func isPassed(_ environment: String) throws -> Bool { try project.judge(for: environment).report.isPassed }
        #expect(try say(.approval, "bob", for: "paper").contains("\"environment\":\"paper\""))
        #expect(try isPassed("paper") && !isPassed("live"))
        #expect(try !say(.approval, "carl", for: nil).contains("environment"))
        #expect(try isPassed("live"), "who names none speaks for all that ask for the policy")
        _ = try say(.rejection, "bob", for: "paper")
        #expect(try !isPassed("live") && !isPassed("paper"))
    }

    @Test("other features than the gate judged are refused, also where they do not fit the model")
    func otherFeatures() throws {
        let project = try TestProject()
        try project.judge()
        var request = try project.request()
        var table = try FeatureTable.read(request.features)
        table.instruments = table.instruments.map { "Z\($0)" }
        request.features = project.file("other.safetensors")
        try table.write(to: request.features)
        let refused = #expect(throws: Failure.self) {
            try PromoteModel.run(request, runtime: FakeRuntime().port, session: project.session)
        }
        #expect(refused?.code == "promote.other-features", "\(refused as Any)")
    }

    @Test("an approval is of the strategy that was judged: one with other limits needs its own")
    func approvalOfStrategy() throws {
        let project = try TestProject()
        try project.trust("bob")
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        try project.environment(policy: "live")
        #expect(try !project.judge().report.isPassed)
        let draft = try SignStatement.draft(
            .approval, "m/1", policy: "live", signer: "bob", reason: "read", session: project.session)
        _ = try SignStatement.sign(draft, key: "bob", session: project.session)
        #expect(draft.payload.contains("\"strategy\""))
        #expect(try project.judge().report.isPassed)
        let text = try project.read("strategy.yaml"), wider = text.replacing("costBps: 1\n", with: "costBps: 2\n")
        #expect(text != wider)
        try project.write(wider, to: "wider.yaml")
        let report = try project.judge(strategy: project.file("wider.yaml")).report
        let line = try #require(report.items.first { $0.name == "approvals" })
        #expect(!report.isPassed && line.reason.contains("is for another strategy"), "\(line.reason)")
        // Inbox and page say what the gate said: the other strategy waits for a signature of its own.
        #expect(try Inbox.run(as: "bob", session: project.session).items.contains { $0.kind == .approval })
        let again = try SignStatement.draft(
            .approval, "m/1", policy: "live", signer: "bob", reason: "read", session: project.session)
        #expect(again.statement.strategy != draft.statement.strategy)
        let page = try ReviewVersion.run(again, session: project.session)
        #expect(page.signatures.first?.objection?.contains("is for another strategy") == true)
        #expect(page.signed.contains { $0.name == "strategy" && $0.value == again.statement.strategy })
        _ = try SignStatement.sign(again, key: "bob", session: project.session)
        #expect(try project.judge(strategy: project.file("wider.yaml")).report.isPassed)
        #expect(try !Inbox.run(as: "bob", session: project.session).items.contains { $0.kind == .approval })
    }

    @Test(
        "who approved before a rollback has to say so again: gate, page and inbox say that, and why it was rolled back")
    func approvedBeforeRollback() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.trust("bob")
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        try project.environment(policy: "live")
        func draft(_ reference: String) throws -> SignStatement.Draft {
            try SignStatement.draft(
                .approval, reference, policy: nil, for: "paper", signer: "bob", reason: "read", session: project.session
            )
        }
        for reference in ["m/1", "m/2"] {
            _ = try SignStatement.sign(try draft(reference), key: "bob", session: project.session)
            try project.promote(reference, runtime)
        }
        try project.rollBack(runtime)
        let report = try project.judge("m/2").report
        let line = try #require(report.items.first { $0.name == "approvals" })
        #expect(!report.isPassed && line.reason.contains("before m/2 was rolled back at "), "\(line.reason)")
        #expect(report.items.first { $0.name == "environment-rollback" }?.reason.contains("(a test)") == true)
        let waiting = try Inbox.run(as: "bob", session: project.session).items.first { $0.kind == .approval }
        #expect(waiting?.subject == "m/2" && waiting?.what.contains("(a test)") == true, "\(waiting as Any)")
        let page = try ReviewVersion.run(try draft("m/2"), session: project.session)
        #expect(page.takenBack.map(\.environment) == ["paper"] && page.takenBack.first?.back.reason == "a test")
        #expect(page.signatures.first?.objection?.contains("was rolled back at") == true)
        #expect(project.refusedPromotion("m/2")?.code == "promote.refused")
        _ = try SignStatement.sign(try draft("m/2"), key: "bob", session: project.session)
        #expect(try project.judge("m/2").report.isPassed && project.refusedPromotion("m/2") == nil)
    }

    @Test("what a gate key refused is known after it was taken out of the document")
    func refusedByFormerGate() throws {
        let project = try TestProject()
        _ = try ManageKeys.generate("gate-2", session: project.session)
        try project.environment()
        let gate = "{key: paper-gate, roles: [gate]}"
        try project.amend { $0.replacing(gate, with: "\(gate)\n  - {key: gate-2, roles: [gate]}") }
        #expect(try project.judge().report.isPassed)
        let easy = try project.read("Registry/gates/easy.yaml")
        try project.write(easy.replacing("minimum: -1", with: "minimum: 0.999"), to: "Registry/gates/easy.yaml")
        try project.environment()
        #expect(try !project.judge(key: "gate-2").report.isPassed)
        try project.write(easy, to: "Registry/gates/easy.yaml")
        try project.environment()
        #expect(project.refusedPromotion()?.code == "promote.other-policy")
        try project.amend { $0.replacing("  - {key: gate-2, roles: [gate]}\n", with: "") }
        #expect(project.refusedPromotion()?.code == "promote.other-policy")
        #expect(try project.judge().report.isPassed)
        #expect(project.refusedPromotion() == nil)
    }

    @Test("a key that was revoked here signs no verdict and no promotion, before the next document says so")
    func revokedBeforeTheDocument() throws {
        let project = try TestProject()
        try project.judge()
        for name in ["paper-gate", "paper-promoter"] {
            _ = try ManageKeys.trust(name, roles: ["ops"], session: project.session)
        }
        try project.commitTrust()
        try ManageKeys.revoke("paper-gate", reason: "leak", session: project.session)
        #expect(project.refusedPromotion()?.code == "promote.gate-key")
        let unsigned = try project.judge().signature
        #expect(unsigned.text.hasPrefix("unsigned"), "\(unsigned.text)")
        try ManageKeys.revoke("paper-promoter", reason: "leak", session: project.session)
        #expect(project.refusedPromotion()?.message.contains("found a key that may not promote") == true)
    }

    @Test("what is said while a promotion looks is not passed over: the record refuses to begin it")
    func saidMeanwhile() throws {
        let project = try TestProject(), registry = try project.session.registry()
        try project.trust("carl")
        try project.judge()
        let seen = try #require(try registry.auditTip()).sequence
        let draft = try SignStatement.draft(
            .rejection, "m/1", policy: "hard", signer: "carl", reason: "leaks", session: project.session)
        _ = try SignStatement.sign(draft, key: "carl", session: project.session)
        var promotion = PromotionRecord(
            bundle: "b", model: "m", version: 1, environment: "paper", alias: "paper", share: 1, replaced: nil,
            path: "p", begunAt: registry.now())
        promotion.counter = 1
        let error = #expect(throws: Failure.self) { try registry.begin(promotion, gate: "g", seen: seen) }
        #expect(error?.code == "promote.race" && error?.message.contains("statement.rejection") == true)
        try registry.begin(promotion, gate: "g", seen: try #require(try registry.auditTip()).sequence)
    }
}
