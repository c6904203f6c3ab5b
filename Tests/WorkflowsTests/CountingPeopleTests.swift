import Basics
import ModelBundles
import Promotion
import Registry
import Testing
import Workflows

/// Whose approvals count: gate, page, inbox and promotion ask the environment's signed document, and nobody else.
@Suite struct CountingPeopleTests {
    private static let one = "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n"
    private static let anybody = "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1}\n"

    private static func draft(_ project: TestProject, as name: String, for environment: String? = nil) throws
        -> SignStatement.Draft
    {
        try SignStatement.draft(
            .approval, "m/1", policy: environment == nil ? "live" : nil, for: environment, signer: name,
            reason: "looked at it", session: project.session)
    }

    private static func approve(_ project: TestProject, as name: String, for environment: String? = nil) throws {
        let draft = try draft(project, as: name, for: environment)
        try ReviewVersion.requireCounted(draft, key: name, session: project.session)
        _ = try SignStatement.sign(draft, key: name, session: project.session)
    }

    /// What the four say of an approval by `name`: whether it counts for the gate, on the page, and for a promotion,
    /// and whether the inbox asks this person no more.
    private static func answers(_ project: TestProject, _ name: String) throws -> [Bool] {
        let report = try project.judge().report.items.first { $0.name.hasPrefix("approvals") }
        let page = try ReviewVersion.run(try draft(project, as: name), session: project.session)
        var request = try project.request()
        request.wait = 0
        var refusal = ""
        do { _ = try PromoteModel.run(request, runtime: FakeRuntime(.silence).port, session: project.session) } catch {
            refusal = (error as? any UserFacingError)?.message ?? ""
        }
        return [
            report?.status == .passed,
            page.signatures.contains { $0.signer == name && $0.objection == nil }
                && page.approvals.contains { $0.environment == "paper" && $0.state.approvers == [name] },
            !refusal.contains("0 of 1 approvals"),
        ]
    }

    private static func isAsked(_ project: TestProject, _ name: String) throws -> Bool {
        try Inbox.run(as: name, session: project.session).items.contains { $0.kind == .approval }
    }

    @Test("an environment's document says whose approval counts, whatever is trusted beside it: four times the same")
    func document() throws {
        let project = try TestProject()
        try project.write(Self.one, to: "Registry/gates/live.yaml")
        try project.trust("bob")
        _ = try ManageKeys.generate("dora", session: project.session)
        // No environment asks for the policy: the project's people count.
        try Self.approve(project, as: "bob")
        #expect(try project.gate(policy: "live").report.items.first { $0.name == "approvals" }?.status == .passed)
        try project.environment(policy: "live")
        #expect(try Self.answers(project, "bob") == [true, true, true], "init names whom the project trusts")
        try project.amend {
            $0.replacing(#"{key: "bob", roles: ["risk"]}"#, with: #"{key: dora, person: dora-k, roles: [risk]}"#)
        }
        #expect(try Self.answers(project, "bob") == [false, false, false])
        #expect(try !Self.isAsked(project, "bob") && Self.isAsked(project, "dora") && Self.isAsked(project, "dora-k"))
        let item = try #require(try Inbox.run(as: "dora", session: project.session).items.first)
        #expect(item.what.hasPrefix("1 of 1 approvals missing under 'live' in 'paper'"), "\(item.what)")
        #expect(item.next == "hftml approve m/1 --for paper --as dora")
        let refused = project.code { try Self.approve(project, as: "bob") }
        #expect(refused == "statement.untrusted")
        // A rehearsal without the environment promises nothing else.
        let rehearsed = try project.gate(policy: "live").report.items.first { $0.name == "approvals" }
        #expect(rehearsed?.reason.contains("gives no role of a person") == true, "\(rehearsed?.reason ?? "")")
        try Self.approve(project, as: "dora", for: "paper")
        #expect(try Self.answers(project, "dora") == [true, true, true])
        #expect(try !Self.isAsked(project, "dora"))
        // Revoked here, it counts nowhere any more, before the next document says so.
        _ = try ManageKeys.trust("dora", roles: ["risk"], session: project.session)
        try ManageKeys.revoke("dora", reason: "left", session: project.session)
        #expect(try Self.answers(project, "dora") == [false, false, false])
    }

    @Test("an environment whose documents cannot be followed hands what it asks for to nobody, and that is told")
    func damaged() throws {
        let project = try TestProject()
        try project.write(Self.one, to: "Registry/gates/live.yaml")
        try project.trust("bob")
        try project.environment(policy: "live")
        _ = try ManageKeys.generate("dora", session: project.session)
        try project.amend { $0.replacing(#"{key: "bob", roles: ["risk"]}"#, with: "{key: dora, roles: [risk]}") }
        func refused() -> Bool {
            project.code { try Self.approve(project, as: "bob") } == "statement.untrusted"
        }
        func isTold() throws -> Bool {
            try Inbox.run(as: "bob", session: project.session).problems.contains {
                $0.contains("documents of 'paper', so nobody counts there")
            }
        }
        #expect(try refused() && !isTold())
        let document = "Registry/environments/paper/authority.json", text = try project.read(document)
        try project.write(text.replacing("sig", with: "sIg"), to: document)
        #expect(try refused() && isTold())
        try project.write(text, to: document)
        try Paths.remove(project.environment + "/runtime.json")
        #expect(try refused() && isTold())
        // Taken away whole, as if there never had been one: the log knows better.
        for path in ["/authority.json", "/authority", ""] {
            try Paths.remove(project.environment + path)
            #expect(try refused() && isTold(), "without \(path)")
        }
        #expect(try project.session.registry().auditEntries(actionPrefix: "statement").isEmpty)
    }

    @Test("documents that were taken away leave nobody to stand in: for the log's heads as for approvals")
    func takenAway() throws {
        let project = try TestProject(), session = project.session
        try project.write(Self.one, to: "Registry/gates/live.yaml")
        try project.environment(policy: "live")
        _ = try ManageKeys.generate("mine", session: session)
        _ = try ManageKeys.trust("mine", roles: ["log"], session: session)
        func refused() -> Bool {
            project.code { _ = try SignHead.anchor(as: "mine", session: session) } == "audit.role"
        }
        for path in ["", "/authority.json", "/authority"] {
            if !path.isEmpty { try Paths.remove(project.environment + path) }
            #expect(refused(), "without \(path)")
        }
        let gone = project.code { _ = try ShowEnvironment.run("paper", session: session) }
        #expect(gone == "authority.missing")
        // The host that lies there has accepted one, whatever the log says.
        try project.write("{}", to: "Registry/environments/paper/installed/authority.json")
        let accepted = project.code { _ = try ShowEnvironment.run("paper", session: session) }
        #expect(accepted == "authority.gone")
        try Paths.remove(project.environment)
        #expect(refused())
    }

    @Test("one document between the first and the newest taken away takes nobody's word away: all is refused")
    func gap() throws {
        let project = try TestProject()
        try project.judge("m/1", for: "paper")
        for days in [6, 5] {
            try project.amend { $0.replacing("verdictDays: \(days + 1)", with: "verdictDays: \(days)") }
        }
        #expect(try ShowEnvironment.run("paper", session: project.session).counter == 3)
        for number in [2, 1] {
            let path = "\(project.environment)/authority/\(number).json", text = try FileChunks.text(path)
            try Paths.remove(path)
            let session = project.session
            #expect(project.code { _ = try ShowEnvironment.run("paper", session: session) } == "authority.gone")
            #expect(try VerifyRecord.run(session: session).contains { $0.contains("and not document \(number)") })
            try AtomicFile.write(text, to: path)
        }
        // The newest one, with the one before it in its place.
        try Paths.remove("\(project.environment)/authority/3.json")
        try AtomicFile.write(
            try FileChunks.text("\(project.environment)/authority/2.json"), to: "\(project.environment)/authority.json")
        #expect(project.code { try project.judge("m/1", for: "paper") } == "authority.gone")
        #expect(try VerifyRecord.run(session: project.session).contains { $0.contains("the audit log has document 3") })
    }

    @Test("a file that no root key has signed is no document, and its number says nothing")
    func junk() throws {
        let project = try TestProject()
        try project.environment()
        let text = try FileChunks.text("\(project.environment)/authority.json")
        var envelope = try Envelope(text)
        let payload = envelope.payloadText.replacing(#""counter":1,"#, with: #""counter":999,"#)
        envelope = try Envelope(
            payloadType: envelope.payloadType, payload: payload, signer: SigningKey(generating: "nobody"))
        try AtomicFile.write(envelope.text, to: "\(project.environment)/authority/999.json")
        #expect(try ShowEnvironment.run("paper", session: project.session).counter == 1)
    }

    @Test("what a program's key signs is no approval, for the policy that asks for no role as well")
    func tools() throws {
        let project = try TestProject(), session = project.session
        try project.write(Self.anybody, to: "Registry/gates/live.yaml")
        try project.environment(policy: "live")
        for name in ["paper-promoter", "paper-gate"] {
            #expect(project.code { try Self.approve(project, as: name) } == "statement.no-use", "\(name)")
            let draft = try Self.draft(project, as: name)
            let key = try PrivateKeys.signer(name, session: session)
            let record = try draft.statement.signed(with: key, model: "m", version: 1)
            #expect(project.code { _ = try SignStatement.sign(draft, key: name, session: session) } == "statement.role")
            try session.registry().record(record, detail: .map([]))
            #expect(try Self.answers(project, name) == [false, false, false], "\(name)")
        }
        let page = try ReviewVersion.run(try Self.draft(project, as: "paper-gate"), session: session)
        #expect(page.signatures.allSatisfy { $0.objection?.contains("no person's word") == true })
        // Nor in the project: a tracked key of a program approves nothing either.
        try project.write(Self.anybody.replacing("count: 1", with: "count: 2"), to: "Registry/gates/other.yaml")
        try project.trust("robot", roles: ["gate"])
        let draft = try SignStatement.draft(
            .approval, "m/1", policy: "other", signer: "robot", reason: "", session: session)
        #expect(
            project.code { try ReviewVersion.requireCounted(draft, key: "robot", session: session) }
                == "statement.no-use")
        // A person who promotes as well signs as a person.
        try project.amend { $0.replacing("roles: [promoter, log]", with: "roles: [promoter, log, risk]") }
        #expect(try Self.answers(project, "paper-promoter") == [true, true, true])
    }

    @Test("where two environments ask for one policy, the page says for which of them an approval counts")
    func two() throws {
        let project = try TestProject()
        try project.write(Self.one, to: "Registry/gates/live.yaml")
        try project.trust("bob")
        for name in ["paper", "live"] { try project.environment(name, policy: "live") }
        try project.amend("live") { $0.replacing(#"  - {key: "bob", roles: ["risk"]}"# + "\n", with: "") }
        try Self.approve(project, as: "bob")
        let page = try ReviewVersion.run(try Self.draft(project, as: "bob"), session: project.session)
        #expect(page.approvals.map(\.environment) == ["live", "paper"])
        #expect(page.approvals.map(\.state.holds) == [false, true])
        #expect(page.signatures.first?.objection?.hasPrefix("in 'live': ") == true)
        #expect(
            project.code { try Self.approve(project, as: "bob", for: "live") } == "statement.untrusted",
            "asked for live alone it counts for nothing")
        #expect(try project.judge().report.isPassed && !project.judge(for: "live").report.isPassed)
        #expect(try !project.gate(policy: "live").report.isPassed, "a rehearsal counts who counts everywhere")
    }

    @Test("an approval that no rule asks for is put on record by whom the project trusts; a rejection is not")
    func unasked() throws {
        let project = try TestProject(), session = project.session
        try project.environment()
        try project.trust("bob")
        func draft(_ kind: SignStatement.Kind, for environment: String? = nil) throws -> SignStatement.Draft {
            try SignStatement.draft(
                kind, "m/1", policy: environment == nil ? "easy" : nil, for: environment, signer: "bob", reason: "r",
                session: session)
        }
        let approval = try draft(.approval)
        try ReviewVersion.requireCounted(approval, key: "bob", session: session)
        _ = try SignStatement.sign(approval, key: "bob", session: session)
        // It would hold a promotion up, and his is not the word that may.
        for refused in [try draft(.rejection), try draft(.approval, for: "paper")] {
            #expect(
                project.code { try ReviewVersion.requireCounted(refused, key: "bob", session: session) }
                    == "statement.untrusted")
            #expect(
                project.code { _ = try SignStatement.sign(refused, key: "bob", session: session) }
                    == "statement.untrusted")
        }
    }
}
