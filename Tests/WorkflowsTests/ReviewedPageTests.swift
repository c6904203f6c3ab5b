import Basics
import Promotion
import Registry
import Testing
import Workflows

/// The page before a signature: what it says is signed, and by which verdict it is drawn.
@Suite struct ReviewedPageTests {
    @Test("the lines of what is signed are the values of the text, also those that have no word here")
    func signedLines() throws {
        let project = try TestProject()
        try project.gate()
        var draft = try SignStatement.draft(
            .approval, "m/1", policy: "easy", signer: "bob", reason: "read", session: project.session)
        draft.statement.environment = "paper"
        draft.statement.strategy = nil
        let lines = SignedLine.of(draft.payload)
        #expect(lines.first { $0.name == "environment" }?.value == "paper")
        #expect(!lines.contains { $0.name == "strategy" || $0.name == "rule" }, "null says nothing")
        let longer = draft.payload.replacing(
            "\"signer\":", with: "\"more\":{\"sha256\":\"ab\",\"n\":[1,true]},\"signer\":")
        let found = SignedLine.of(longer).filter { !lines.contains($0) }
        #expect(
            found.map { "\($0.name) \($0.value)" } == [
                "predicate.more.sha256 ab", "predicate.more.n.0 1", "predicate.more.n.1 true",
            ])
        #expect(SignedLine.of("no JSON").map(\.value) == ["no JSON"])
    }

    /// `m/1`, a person, and two environments that ask for one policy.
    private static func project() throws -> TestProject {
        let project = try TestProject()
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        try project.trust("bob")
        for name in ["paper", "lab"] { try project.environment(name, policy: "live") }
        return project
    }

    private static func draft(_ project: TestProject, _ kind: SignStatement.Kind = .approval) throws
        -> SignStatement.Draft
    {
        try SignStatement.draft(
            kind, "m/1", policy: nil, for: "paper", signer: "bob", reason: "read", session: project.session)
    }

    @Test("who approves for an environment is shown its own verdict, by its document in force, or none at all")
    func elsewhere() throws {
        let project = try Self.project()
        func refusal() throws -> String? {
            let draft = try Self.draft(project)
            #expect((draft.statement.strategy == nil) == (draft.latestDecision == nil))
            do { try ReviewVersion.requireVerdict(draft) } catch let failure as Failure {
                #expect(failure.code == "approve.no-verdict" && failure.hint?.contains("--for paper") == true)
                let page = try ReviewVersion.run(draft, session: project.session)
                #expect(page.verdict == nil && page.digests.isEmpty && page.limits == nil)
                return failure.message
            }
            return nil
        }
        try project.gate()
        #expect(try refusal()?.contains("the newest does not count: it is under 'easy'") == true)
        try project.judge(for: "lab")
        #expect(try refusal()?.contains("the newest does not count: it is for 'lab'") == true)
        _ = try GateModel.run(
            "m/1", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
            environment: "paper", session: project.session)
        #expect(try refusal()?.contains("the newest does not count: nobody signed it") == true)
        let own = try project.judge()
        #expect(try refusal() == nil)
        #expect(try Self.draft(project).latestDecision == own.decision)
        // The next document may have other limits and other people.
        try project.amend { text in
            text.split(separator: "\n", omittingEmptySubsequences: false).map {
                $0.hasPrefix("freezes: ") ? "freezes: [{from: 2031-12-21, to: 2032-01-03}]" : String($0)
            }.joined(separator: "\n")
        }
        #expect(try refusal()?.contains("it is by another document of 'paper' than number 2") == true)
        // A no needs no verdict of here: it is shown what there is, and why that counts for nothing.
        let no = try Self.draft(project, .rejection), page = try ReviewVersion.run(no, session: project.session)
        #expect(page.verdict?.decision == own.decision && page.verdictNote?.contains("another document") == true)
        try project.judge()
        #expect(try refusal() == nil)
    }

    @Test("a page for an environment knows what runs there now, whatever the verdict compared with")
    func running() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.trust("bob")
        try project.judge()
        #expect(try Self.draft(project).running == nil)
        try project.promote("m/2", runtime)
        let running = try #require(try Self.draft(project).running)
        #expect(running.reference == "m/2")
        #expect(running.weights == (try project.session.registry().version("m/2").weights))
    }

    @Test("a rejection counts on the page for an environment exactly where it stands there")
    func rejections() throws {
        let project = try Self.project(), session = project.session
        func sign(_ kind: SignStatement.Kind) throws {
            _ = try SignStatement.sign(try Self.draft(project, kind), key: "bob", session: session)
        }
        func objections() throws -> [String?] {
            try ReviewVersion.run(try Self.draft(project), session: session).signatures
                .filter { $0.kind == .rejection }.map(\.objection)
        }
        try sign(.rejection)
        #expect(try objections() == [nil])
        try sign(.approval)
        #expect(try objections() == ["a later word of its signer stands in its place"])
        try sign(.rejection)
        #expect(try objections().filter { $0 == nil }.count == 1)
        // Root keys of paper take the key back; at 'lab', which is no question here, the rejection still stands.
        try ManageKeys.revoke("bob", reason: "left", session: session)
        try project.amend { $0 }
        let said = try objections()
        #expect(said.count == 2 && said.allSatisfy { $0 != nil }, "\(said)")
    }
}
