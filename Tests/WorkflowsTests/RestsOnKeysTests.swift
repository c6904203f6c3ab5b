import Basics
import Registry
import Testing
import Workflows

/// What is in force by the word of somebody whose key was revoked since.
@Suite struct RestsOnKeysTests {
    @Test("revoking a key says what is in force by it, and so does the inbox of the root keys")
    func told() throws {
        let project = try TestProject(), session = project.session, runtime = FakeRuntime()
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        for name in ["bob", "carl"] { try project.trust(name) }
        try project.environment(policy: "live")
        let draft = try SignStatement.draft(
            .approval, "m/1", policy: nil, for: "paper", signer: "bob", reason: "read", session: session)
        _ = try SignStatement.sign(draft, key: "bob", session: session)
        try project.promote("m/1", runtime)
        func told() throws -> [InboxItem] {
            try Inbox.run(as: "paper-root", session: session).items.filter { $0.what.contains("rests on") }
        }
        #expect(try told().isEmpty)
        #expect(try ManageKeys.revocation(of: "carl", session: session).resting.isEmpty)
        let sentence = "m/1, in force in 'paper', rests on 1 × approval of 'bob'"
        #expect(try ManageKeys.revocation(of: "bob", session: session).resting == [sentence])
        #expect(try ManageKeys.revoke("bob", reason: "left", session: session).resting == [sentence])
        let item = try #require(try told().first)
        #expect(item.what.hasPrefix(sentence) && item.next.hasPrefix("hftml gate m/1 --for paper "))
    }
}
