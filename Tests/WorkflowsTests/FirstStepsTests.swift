import Basics
import ModelBundles
import Registry
import Testing
import Workflows

/// What somebody is told who does all this for the first time, and has it half done.
@Suite struct FirstStepsTests {
    private static let waivers = """
        schemaVersion: 1
        rules:
          - {rule: metric, metric: ic, minimum: 0.999}
        waivers: {roles: [risk], longestDays: 30}

        """

    private static func failure(_ body: () throws -> Void) -> Failure? {
        do { try body() } catch { return error as? Failure }
        return nil
    }

    @Test("a mistake in the policy is told when the environment is drawn up, not first to who signs")
    func policy() throws {
        let project = try TestProject(.empty)
        try project.write("schemaVersion: 1\nrules: [lineag]\n", to: "Registry/gates/typo.yaml")
        let request = InitializeEnvironment.Request(environment: "live", policy: "typo")
        let error = #expect(throws: ConfigError.self) {
            try InitializeEnvironment.run(request, session: project.session)
        }
        #expect(error?.hint == "did you mean 'lineage'?")
        #expect(!Paths.exists(project.file("Registry/environments/live/environment.yaml")))
    }

    @Test(
        "names of the template that nobody has put a key for are told at once, and no key of such a name is asked for")
    func placeholders() throws {
        let project = try TestProject(.empty)
        _ = try ManageKeys.generate("ann", session: project.session)
        var request = InitializeEnvironment.Request(environment: "live", policy: "easy")
        request.root = ["ann"]
        _ = try InitializeEnvironment.run(request, session: project.session)
        let found = Self.failure { _ = try SignEnvironment.draft("live", session: project.session) }
        #expect(found?.code == "authority.key")
        #expect(
            found?.message.hasPrefix("found 'GATE-KEY', 'PROMOTER-KEY', 'HOST-KEY' in ") == true,
            "\(found?.message ?? "")")
        #expect(found?.hint?.contains("hftml-runtime init") == true && found?.hint?.contains("-KEY") == false)
    }

    @Test("keys list says whose private half is here; without one nobody is told to make another key of that name")
    func halves() throws {
        let project = try TestProject(.empty)
        for name in ["ann", "ben"] { _ = try ManageKeys.generate(name, session: project.session) }
        try Paths.remove(project.file("Registry/keys/ben.key.json"))
        let places = try ListKeys.run(session: project.session)
        #expect(places.map { "\($0.key.name) \($0.place)" } == ["ann own", "ben public half"])
        let known = Self.failure { _ = try PrivateKeys.signer("ben", session: project.session) }
        #expect(known?.code == "key.none" && known?.hint?.contains("generate") == false, "\(known?.hint ?? "")")
        #expect(known?.hint?.hasSuffix("or with a key that is here: ann") == true)
        let unknown = Self.failure { _ = try PrivateKeys.signer("zoe", session: project.session) }
        #expect(unknown?.hint == "make one with: hftml keys generate zoe")
    }

    @Test("whose key has no role yet is told who may give it one, and a root key is no stranger to the inbox")
    func inbox() throws {
        let project = try TestProject()
        _ = try ManageKeys.generate("zoe", session: project.session)
        let known = Self.failure { _ = try Inbox.run(as: "zoe", session: project.session) }
        #expect(known?.code == "inbox.nobody" && known?.message.hasSuffix("nothing waits for it") == true)
        #expect(known?.hint?.contains("hftml keys trust zoe --role ROLE") == true, "\(known?.hint ?? "")")
        let nobody = Self.failure { _ = try Inbox.run(as: "quentin", session: project.session) }
        #expect(nobody?.hint?.contains("hftml keys list") == true)
        try project.environment()
        #expect(try Inbox.run(as: "paper-root", session: project.session).roles == ["root of paper"])
    }

    @Test("a waiver of a key that was revoked runs out for nobody")
    func revokedWaiver() throws {
        let project = try TestProject(), session = project.session
        try project.write(Self.waivers, to: "Registry/gates/live.yaml")
        for name in ["bob", "carl"] { try project.trust(name) }
        try project.gate(policy: "live")
        let draft = try SignStatement.draft(
            .waiver, "m/1", policy: "live", signer: "bob", reason: "for now", rule: "metric", expires: "5d",
            session: session)
        _ = try SignStatement.sign(draft, key: "bob", session: session)
        func ends() throws -> Bool { try Inbox.run(as: "carl", session: session).items.contains { $0.kind == .waiver } }
        #expect(try ends())
        try ManageKeys.revoke("bob", reason: "left", session: session)
        #expect(try !ends())
    }
}
