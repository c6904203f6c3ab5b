import Basics
import Registry
import TestSupport
import Testing
import Workflows

/// What people are told once the text of a policy has changed: whoever signed for the old one, and whoever is about to
/// sign the new one.
@Suite struct ChangedPolicyTests {
    private static let first = """
        schemaVersion: 1
        rules:
          - {rule: metric, metric: ic, minimum: -1}
          - drift
          - {rule: approvals, count: 1, roles: [risk]}

        """
    private static let second = """
        schemaVersion: 1
        rules:
          - {rule: approvals, count: 1, roles: [risk]}
          - {rule: metric, metric: ic, minimum: -0.5}
          - {rule: leakage, maximumCorrelation: 0.9}
        validDays: 3

        """
    private static let file = "Registry/gates/live.yaml"

    private static func waiting(_ project: TestProject, _ name: String = "bob") throws -> [InboxItem] {
        try Inbox.run(as: name, session: project.session).items.filter { $0.kind == .approval }
    }

    private static func approve(_ project: TestProject, for environment: String? = nil) throws {
        let draft = try SignStatement.draft(
            .approval, "m/1", policy: environment == nil ? "live" : nil, for: environment, signer: "bob",
            reason: "read", session: project.session)
        _ = try SignStatement.sign(draft, key: "bob", session: project.session)
    }

    // MARK: Inbox

    @Test("an approval that a changed policy made worthless is in the inbox before any gate runs again")
    func missingAgain() throws {
        let project = try TestProject()
        try project.write(Self.first, to: Self.file)
        try project.trust("bob")
        try project.trust("carl", roles: ["validator"])
        try project.gate(policy: "live")
        #expect(try Self.waiting(project).map(\.next) == ["hftml approve m/1 --policy \(Self.file) --as bob"])
        // Nobody approved it yet: there is nothing that would be missing again.
        try project.write(Self.second, to: Self.file)
        #expect(try Self.waiting(project).isEmpty)
        try project.write(Self.first, to: Self.file)
        try Self.approve(project)
        #expect(try Self.waiting(project).isEmpty)
        try project.write(Self.second, to: Self.file)
        let item = try #require(try Self.waiting(project).first)
        #expect(item.what.hasPrefix("1 of 1 approvals missing again under 'live': "), "\(item.what)")
        #expect(item.next == "hftml approve m/1 --policy \(Self.file) --as bob")
        #expect(try Self.waiting(project, "carl").isEmpty, "no rule asks for his role")
        try Self.approve(project)
        #expect(try Self.waiting(project).isEmpty)
    }

    @Test("in an environment it waits once the document with the new text is signed, for what is not in force yet")
    func missingAgainInForce() throws {
        let project = try TestProject()
        try project.write(Self.first, to: Self.file)
        try project.trust("bob")
        try project.environment(policy: "live")
        try Self.approve(project, for: "paper")
        try project.judge()
        #expect(try Self.waiting(project).isEmpty)
        // What is not signed asks nobody for anything.
        try project.write(Self.second, to: Self.file)
        #expect(try Self.waiting(project).isEmpty)
        try project.environment(policy: "live")
        let item = try #require(try Self.waiting(project).first)
        #expect(item.what.contains("missing again under 'live' in 'paper': "), "\(item.what)")
        #expect(item.what.hasSuffix("; the gate comes first"))
        #expect(item.next == "hftml gate m/1 --for paper --key KEY --features FILE --strategy FILE")
        try project.judge()
        #expect(try Self.waiting(project).map(\.next) == ["hftml approve m/1 --for paper --as bob"])
    }

    @Test("what is in force needs no approval under a text of the policy that came later")
    func inForce() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.write(Self.first.replacing("  - drift\n", with: ""), to: Self.file)
        try project.trust("bob")
        try project.environment(policy: "live")
        try Self.approve(project, for: "paper")
        try project.promote("m/1", runtime)
        try project.write(Self.second, to: Self.file)
        try project.environment(policy: "live")
        #expect(try Self.waiting(project).isEmpty)
    }

    // MARK: The page before a root key signs

    private static func changes(_ project: TestProject) throws -> [String] {
        let draft = try SignEnvironment.draft("paper", session: project.session)
        return try SignEnvironment.policyChanges(draft, session: project.session)
    }

    private static let difference = [
        "rule metric: metric ic, minimum -1 → metric ic, minimum -0.5",
        "+ rule leakage: maximumCorrelation 0.9", "+ policy validDays: 3", "- rule drift: no options",
    ]

    @Test("a root key is shown the rules of the first document, and of the next one which came, went and changed")
    func shown() throws {
        let project = try TestProject(.empty)
        try project.write(Self.first, to: Self.file)
        var request = InitializeEnvironment.Request(environment: "paper", policy: "live")
        request.root = ["ann"]
        _ = try ManageKeys.generate("ann", session: project.session)
        _ = try InitializeEnvironment.run(request, session: project.session)
        let source = "Registry/environments/paper/environment.yaml"
        let lines = try project.read(source).split(separator: "\n").filter { !$0.contains("-KEY,") }
        try project.write(
            lines.map { $0 == "keys:" ? "keys: [{key: ann, roles: [gate]}]" : String($0) }.joined(separator: "\n"),
            to: source)
        #expect(
            try Self.changes(project) == [
                "rule metric: metric ic, minimum -1", "rule drift: no options", "rule approvals: count 1, roles [risk]",
            ])
        let draft = try SignEnvironment.draft("paper", session: project.session)
        _ = try SignEnvironment.sign(draft, key: "ann", session: project.session)
        #expect(try Self.changes(project).isEmpty)
        // The same in another order says the same.
        try project.write(
            Self.first.replacing("count: 1, roles: [risk]", with: "roles: [risk], count: 1"), to: Self.file)
        #expect(try Self.changes(project).isEmpty)
        try project.write(Self.second, to: Self.file)
        #expect(try Self.changes(project) == Self.difference)
        #expect(
            try ShowEnvironment.run("paper", session: project.session).changes?.contains(Self.difference[1]) == true)
    }

    @Test("the text that was signed elsewhere is looked for in commits; where none has it, all rules are listed")
    func committed() throws {
        let project = try TestProject(.empty)
        try project.write(Self.first, to: Self.file)
        try project.environment(policy: "live")
        // As on the machine of another root key: what was kept at the signing is not there.
        try Paths.remove(project.session.artefacts.directory)
        func commit() throws {
            for command in [
                ["add", Self.file], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "policy"],
            ] {
                let result = try RunProgram.run("/usr/bin/git", command, in: project.root)
                try #require(result.status == 0, "\(result.errors)")
            }
        }
        try project.write(Self.second, to: Self.file)
        let unknown = try Self.changes(project)
        #expect(unknown.first?.contains("is in no commit and was not kept here") == true)
        #expect(unknown.dropFirst().first == "rule approvals: count 1, roles [risk]" && unknown.count == 5)
        try project.write(Self.first, to: Self.file)
        try commit()
        try project.write(Self.second, to: Self.file)
        try commit()
        #expect(try Self.changes(project) == Self.difference)
    }
}
