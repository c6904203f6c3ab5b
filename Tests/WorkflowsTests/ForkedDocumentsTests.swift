import Basics
import Deployment
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Documents in the place of those that the log has, by who was root before: what is seen of them, and the way back.
@Suite struct ForkedDocumentsTests {
    private static let place = "Registry/environments/paper"

    /// `paper`, where document 2 put the key `second` in the place of `paper-root`.
    private struct Forked {
        let project: TestProject
        /// Who was root before, and is none any more.
        let former: SigningKey
        let honest: AuthorityEnvelope
        var session: Session { project.session }

        init(_ project: TestProject, policy: String = "easy") throws {
            self.project = project
            try project.environment(policy: policy)
            _ = try ManageKeys.generate("second", session: project.session)
            let file = "\(place)/environment.yaml", text = try project.read(file)
            let root = try #require(text.split(separator: "\n").first { $0.hasPrefix("root:") })
            try project.write(text.replacing(root, with: "root: {threshold: 1, keys: [second]}"), to: file)
            for key in ["paper-root", "second"] {
                let draft = try SignEnvironment.draft("paper", session: project.session)
                _ = try SignEnvironment.sign(draft, key: key, session: project.session)
            }
            former = try SigningKey.read(project.file("Registry/keys/paper-root.key.json"))
            honest = try AuthorityEnvelope(try project.read("\(place)/authority.json"))
            #expect(honest.authority.counter == 2)
        }

        /// The honest one but for its root key, and with others' keys beside its own.
        func forged(_ counter: Int, naming keys: [PublicKey] = []) throws -> AuthorityEnvelope {
            var made = honest.authority
            (made.counter, made.root) = (counter, try RootKeys(threshold: 1, keys: [former.publicKey]))
            made.keys += keys
            return try AuthorityEnvelope(made, signer: former)
        }

        func lay(_ document: AuthorityEnvelope) throws {
            for name in ["authority.json", "authority/\(document.authority.counter).json"] {
                try project.write(document.envelope.text + "\n", to: "\(place)/\(name)")
            }
        }
    }

    @Test("the way back from a fork takes away what follows from the other document as well, as the hint has it")
    func several() throws {
        let world = try Forked(try TestProject()), session = world.session
        for counter in 2...4 { try world.lay(try world.forged(counter)) }
        let told = #expect(throws: Failure.self) { try SignEnvironment.draft("paper", session: session) }
        #expect(told?.code == "authority.fork" && told?.message.contains("another document 2 of 'paper'") == true)
        let way = try #require(told?.hint?.split(separator: "lay it out: ").last?.split(separator: ";").first)
        #expect(way.hasPrefix("rm "), "\(told as Any)")
        #expect(try RunProgram.run("/bin/sh", ["-c", String(way)], in: world.project.root).status == 0, "\(way)")
        #expect(try FinishSigning.restore("paper", session: session)?.counter == 2)
        #expect(try world.project.read("\(Self.place)/authority.json") == world.honest.envelope.text + "\n")
        #expect(try SignEnvironment.draft("paper", session: session).counter == 3)
    }

    @Test("a fork is named also where a later document of the log's lies beside it, which does not follow from it")
    func laterBeside() throws {
        let world = try Forked(try TestProject()), session = world.session, file = "\(Self.place)/environment.yaml"
        try world.project.write(
            try world.project.read(file).replacing("verdictDays: 7", with: "verdictDays: 6"), to: file)
        let draft = try SignEnvironment.draft("paper", session: session)
        #expect(try SignEnvironment.sign(draft, key: "second", session: session).counter == 3)
        try world.project.write(try world.forged(2).envelope.text + "\n", to: "\(Self.place)/authority/2.json")
        let told = #expect(throws: Failure.self) { try SignEnvironment.draft("paper", session: session) }
        #expect(told?.code == "authority.fork" && told?.message.contains("another document 2 of 'paper'") == true)
    }

    @Test("whom a forked document names is nobody: nothing waits for them, and their approval counts nowhere")
    func people() throws {
        let project = try TestProject()
        try project.trust("bob")
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        let world = try Forked(project, policy: "live"), session = project.session
        func problems() throws -> [String] {
            try Inbox.run(as: "bob", session: session).problems.filter { $0.contains("nobody counts there") }
        }
        #expect(try problems().isEmpty)
        var eve = try ManageKeys.generate("eve", session: session)
        eve.roles = ["risk"]
        try world.lay(try world.forged(2, naming: [eve]))
        #expect(project.code { _ = try Inbox.run(as: "eve", session: session) } == "inbox.nobody")
        let told = try problems()
        #expect(told.contains { $0.contains("found another document 2 of 'paper'") }, "\(told)")
        let approval = try SignStatement.draft(
            .approval, "m/1", policy: "live", signer: "eve", reason: "mine", session: session)
        #expect(project.code { _ = try SignStatement.sign(approval, key: "eve", session: session) } != nil)
        #expect(try project.actions("statement").isEmpty)
    }
}
