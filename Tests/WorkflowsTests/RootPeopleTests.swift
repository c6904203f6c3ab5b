import Basics
import ModelBundles
import Promotion
import Testing
import Workflows

/// Keys that are taken back, root keys that come and go, and what of it waits for whom.
@Suite struct RootPeopleTests {
    private static func sign(_ project: TestProject, as name: String) throws -> SignEnvironment.Outcome {
        let draft = try SignEnvironment.draft("paper", session: project.session)
        return try SignEnvironment.sign(draft, key: name, session: project.session)
    }

    private static func write(_ project: TestProject, root: String) throws {
        let file = "Registry/environments/paper/environment.yaml", text = try project.read(file)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("root: ") ? "root: \(root)" : String($0)
        }
        try project.write(lines.joined(separator: "\n"), to: file)
    }

    private static func waits(_ project: TestProject, for name: String) throws -> String? {
        try Inbox.run(as: name, session: project.session).items.first { $0.kind == .environment }?.what
    }

    @Test(
        "a key that a document alone names is revoked by its name: told until when who believes it, and how to end that"
    )
    func keyOfDocument() throws {
        let project = try TestProject(), session = project.session
        try project.judge()
        func places(_ name: String) throws -> [String] {
            try ListKeys.run(session: session).filter { $0.key.name == name }.map(\.place)
        }
        #expect(try places("paper-gate") == ["own", "gate in paper"] && places("paper-root").contains("root in paper"))
        let revoked = try ManageKeys.revoke("paper-gate", reason: "leak", session: session)
        #expect(revoked.places.map(\.environment) == ["paper"] && revoked.places.first?.roles == ["gate"])
        #expect(revoked.places.first?.next == "hftml environments sign paper --as paper-root")
        let signed = "Registry/revocations/\(revoked.keyIDs.joined()).jsonl"
        #expect(revoked.files == ["Registry/keys/paper-gate.pub.json", signed] && revoked.signers == ["paper-gate"])
        #expect(try places("paper-gate").allSatisfy { $0.contains("revoked at") })
        #expect(project.refusedPromotion()?.code == "promote.gate-key")
        // Without the document's next edition the record says no more than once that it was done; a reason that comes
        // later would be lost, and is refused.
        try ManageKeys.revoke("paper-gate", reason: "leak", session: session)
        let later = #expect(throws: Failure.self) {
            try ManageKeys.revoke("paper-gate", reason: "again", session: session)
        }
        #expect(later?.code == "key.revoked" && later?.message.contains("because of: leak") == true)
        #expect(try project.actions("key.revoke").count == 1)
        try project.amend { $0 }
        #expect(try ManageKeys.revoke("paper-gate", session: session).places.isEmpty, "the document says it now")
        #expect(project.code { try ManageKeys.revoke("paper-gat", session: session) } == "key.not-trusted")
    }

    @Test("a clone with another registry learns by the tracked file of a key that it was revoked")
    func trackedRevocation() throws {
        let project = try TestProject()
        try project.environment()
        #expect(try project.judge().signature.text.hasPrefix("signed by"))
        let file = "Registry/keys/paper-gate.pub.json"
        var key = try PublicKey.read(project.file(file))
        key.revoked = PublicKey.Revocation(at: project.session.clock.now(), reason: "leak")
        try project.write(key.json.text(.pretty), to: file)
        let unsigned = try GateModel.run(
            "m/1", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
            environment: "paper", key: "paper-gate", session: project.session
        ).signature.text
        #expect(unsigned.hasPrefix("unsigned") && unsigned.contains("was revoked"), "\(unsigned)")
        #expect(project.refusedPromotion()?.message.contains("was revoked") == true)
    }

    @Test(
        "a leaver's root key is revoked without a role; it signs nothing more, and one that does not count is refused")
    func leaver() throws {
        let project = try TestProject(), session = project.session
        for name in ["omar", "nora"] { _ = try ManageKeys.generate(name, session: session) }
        try project.environment()
        try Self.write(project, root: "{threshold: 1, keys: [paper-root, omar]}")
        #expect(try Self.sign(project, as: "paper-root").isComplete)
        try Self.write(project, root: "{threshold: 2, keys: [paper-root, nora]}")
        let begun = try Self.sign(project, as: "paper-root")
        #expect(!begun.isComplete && begun.before?.signers == ["paper-root"] && begun.before?.threshold == 1)
        let useless = #expect(throws: Failure.self) { try Self.sign(project, as: "omar") }
        #expect(useless?.code == "authority.not-root", "\(useless as Any)")
        #expect(useless?.message.contains("its signature would not count") == true)
        let left = try ManageKeys.revoke("omar", reason: "left the firm", session: session)
        #expect(left.places.first?.roles == ["root"])
        #expect(project.code { _ = try Self.sign(project, as: "omar") } == "statement.key")
        #expect(
            try ListKeys.run(session: session).contains { $0.key.name == "omar" && $0.place.contains("left the firm") })
        #expect(try Self.sign(project, as: "nora").isComplete)
        #expect(try ManageKeys.revoke("omar", session: session).places.isEmpty)
    }

    @Test("a renewal that waits for a second root key, and a document near its end or over, are in the inbox")
    func renewals() throws {
        let clock = TestClock(), project = try TestProject(clock: clock.clock), session = project.session
        _ = try ManageKeys.generate("nora", session: session)
        try project.environment()
        try Self.write(project, root: "{threshold: 2, keys: [paper-root, nora]}")
        for name in ["paper-root", "nora"] { _ = try Self.sign(project, as: name) }
        #expect(try Self.waits(project, for: "nora") == nil)
        clock.advance(hours: 24)
        #expect(try !Self.sign(project, as: "paper-root").isComplete)
        #expect(try Self.waits(project, for: "nora")?.hasSuffix("1 of 2 signed (paper-root), a new end alone") == true)
        #expect(try Self.waits(project, for: "paper-root") == nil)
        #expect(try Self.sign(project, as: "nora").isComplete)
        clock.advance(hours: 24 * 352)
        #expect(try Self.waits(project, for: "nora")?.hasPrefix("document 3 ends at ") == true)
        clock.advance(hours: 24 * 14)
        #expect(try Self.waits(project, for: "nora")?.contains("nothing is judged or promoted by it") == true)
    }

    @Test("a first document that some have signed is no missing one")
    func halfSigned() throws {
        let project = try TestProject(), session = project.session
        for name in ["nora", "omar"] { _ = try ManageKeys.generate(name, session: session) }
        var request = InitializeEnvironment.Request(environment: "paper", policy: "easy")
        (request.root, request.keepsExisting) = (["nora", "omar"], true)
        _ = try InitializeEnvironment.run(request, session: session)
        try Self.write(project, root: "{threshold: 2, keys: [nora, omar]}")
        let file = "Registry/environments/paper/environment.yaml"
        let text = try project.read(file)
        try project.write(
            text.replacing("GATE-KEY", with: "nora").replacing("PROMOTER-KEY", with: "omar")
                .replacing("  - {key: HOST-KEY, roles: [host, promoter]}\n", with: ""), to: file)
        _ = try Self.sign(project, as: "nora")
        let missing = #expect(throws: Failure.self) { try ShowEnvironment.run("paper", session: session) }
        #expect(
            missing?.message.contains("1 of 2 root keys have signed document 1 (nora)") == true, "\(missing as Any)")
    }

    @Test("a freeze that ends on a day lasts to its end, in the document as a moment; a time of the day is that moment")
    func freezes() throws {
        let project = try TestProject()
        func spans(_ freeze: String) throws -> [String] {
            try project.amend { text in
                text.split(separator: "\n", omittingEmptySubsequences: false).map {
                    $0.hasPrefix("freezes: ") ? "freezes: [\(freeze)]" : String($0)
                }.joined(separator: "\n")
            }
            let document = try ShowEnvironment.run("paper", session: project.session).document
            return (document[key: "freezes"]?.listValue ?? []).map {
                "\($0[key: "from"]?.stringValue ?? "") \($0[key: "to"]?.stringValue ?? "")"
            }
        }
        #expect(
            try spans("{from: 2031-12-21, to: 2032-01-03}") == ["2031-12-21T00:00:00Z 2032-01-04T00:00:00Z"])
        #expect(
            try spans("{from: 2031-12-24, to: 2031-12-24}") == ["2031-12-24T00:00:00Z 2031-12-25T00:00:00Z"])
        #expect(
            try spans("{from: 2031-12-24T10:00Z, to: 2031-12-24T12:00Z}")
                == ["2031-12-24T10:00:00Z 2031-12-24T12:00:00Z"])
        #expect(project.code { _ = try spans("{from: 2031-12-24, to: 2031-12-23}") } != nil)
    }

    @Test(
        "an approval before any verdict is refused unless somebody says so; nobody withdraws from what does not exist"
    )
    func unjudged() throws {
        let project = try TestProject(), session = project.session
        try project.trust("bob")
        func draft() throws -> SignStatement.Draft {
            try SignStatement.draft(.approval, "m/1", policy: "easy", signer: "bob", reason: "", session: session)
        }
        let refused = #expect(throws: Failure.self) { try ReviewVersion.requireVerdict(try draft()) }
        #expect(refused?.code == "approve.no-verdict" && refused?.hint?.contains("--unjudged") == true)
        try project.gate()
        try ReviewVersion.requireVerdict(try draft())
        let unknown = #expect(throws: Failure.self) {
            try WithdrawPromotion.run(WithdrawPromotion.Request(environment: "nope"), session: session)
        }
        #expect(unknown?.code == "promote.no-environment", "\(unknown as Any)")
        #expect(
            project.code {
                _ = try WithdrawPromotion.run(WithdrawPromotion.Request(environment: "paper"), session: session)
            } == "promote.none")
    }

    @Test("where a document cannot be followed nobody counts, the project's people neither, and the inbox says why")
    func unfollowed() throws {
        let project = try TestProject(), session = project.session
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        try project.trust("bob")
        try project.environment(policy: "live")
        // The document does not name him; the project does.
        try project.amend { $0.replacing(#"  - {key: "bob", roles: ["risk"]}"# + "\n", with: "") }
        func code() -> String? {
            project.code {
                let draft = try SignStatement.draft(
                    .approval, "m/1", policy: "live", signer: "bob", reason: "read", session: session)
                try ReviewVersion.requireCounted(draft, key: "bob", session: session)
            }
        }
        #expect(code() == "statement.untrusted")
        for file in ["authority.json", "authority/1.json", "authority/2.json"] {
            try project.write("{", to: "Registry/environments/paper/\(file)")
        }
        #expect(code() == "statement.untrusted", "damage widens nothing")
        let inbox = try Inbox.run(as: "bob", session: session)
        #expect(inbox.problems.contains { $0.contains("paper") }, "\(inbox.problems)")
    }
}
