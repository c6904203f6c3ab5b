import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import TestSupport
import Testing
import Workflows

/// Where the audit log is anchored is signed by root keys: settings name further places, never fewer or others.
@Suite struct SignedAnchorsTests {
    private static let file = "Registry/environments/paper/authority.json"

    private static func document(_ project: TestProject) throws -> EnvironmentAuthority {
        try AuthorityEnvelope(try project.read(file)).authority
    }

    /// What somebody else has who changed the settings.
    private static func settings(_ anchors: String, _ project: TestProject, clock: Clock = .system) throws -> Session {
        try project.write("schemaVersion: 1\nanchors: [\(anchors)]\n", to: "Registry/hftml.yaml")
        return try project.session(actor: "eve", clock: clock)
    }

    private static func verify(_ session: Session) throws -> [String] {
        try VerifyRecord.run(session: session, anchorHours: VerifyRecord.anchorHours)
    }

    private static func git(_ project: TestProject, _ arguments: String...) throws -> String {
        let result = try RunProgram.run("/usr/bin/git", arguments, in: project.root)
        #expect(result.status == 0, "\(arguments): \(result.errors)")
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test(
        "settings that leave out a place that root keys signed are refused; a further place is none of their business")
    func otherPlaces() throws {
        let project = try TestProject()
        try project.judge("m/1", for: "paper")
        let before = try Self.document(project)
        #expect(before.anchors == [.git])
        let shown = try ShowEnvironment.run("paper", session: project.session)
        #expect(shown.lines.contains("anchors.git: commits of refs/hftml/audit") && shown.changes == [])
        let more = try Self.settings("{git: true}, {directory: heads}", project)
        try Paths.makeDirectory(project.file("heads"))
        _ = try SignHead.anchor(as: nil, session: more)
        #expect(try Self.verify(more) == [])
        // Another place alone, where the whole log would be anchored anew.
        let eve = try Self.settings("{directory: heads}", project)
        _ = try SignHead.anchor(as: nil, session: eve)
        let problems = try Self.verify(eve)
        #expect(
            problems.contains {
                $0.contains("signed in document \(before.counter) of 'paper' as well: Git: bring the settings back")
            }, "\(problems)")
        let request = try project.request("m/1")
        func promote(_ session: Session) -> String? {
            project.code { _ = try PromoteModel.run(request, runtime: FakeRuntime().port, session: session) }
        }
        #expect(promote(eve) == "anchor.other-places")
        // Where it is meant, root keys sign it; the page before the signature says it.
        let draft = try SignEnvironment.draft("paper", session: eve)
        #expect(draft.changes.contains("- anchors.git: commits of refs/hftml/audit"), "\(draft.changes)")
        #expect(draft.changes.contains("+ anchors.heads: a directory"))
        #expect(try SignEnvironment.sign(draft, key: "paper-root", session: eve).isComplete)
        #expect(try Self.document(project).anchors == [.directory("heads")] && Self.verify(eve) == [])
        #expect(promote(eve) != "anchor.other-places")
    }

    @Test("a place that nobody signed says for no promotion how far the log is anchored")
    func furtherPlace() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        try project.judge("m/1", for: "paper")
        _ = try SignHead.anchor(as: nil, session: project.session)
        let old = try Self.git(project, "rev-parse", "refs/hftml/audit")
        try Paths.makeDirectory(project.file("heads"))
        let session = try Self.settings("{git: true}, {directory: heads}", project, clock: time.clock)
        try session.registry().audit(action: "note", subject: .experiment("e"))
        _ = try SignHead.anchor(as: nil, session: session)
        _ = try Self.git(project, "update-ref", "refs/hftml/audit", old)
        time.advance(hours: 25)
        let document = try Self.document(project)
        #expect(try Self.verify(session) == [], "the directory has the newest entry")
        let asked = try VerifyRecord.run(session: session, anchorHours: 24, for: document)
        #expect(asked.contains { $0.contains("found the newest anchor of the audit log at entry") }, "\(asked)")
    }

    @Test("the certificates of a time-stamping authority are signed by what they are; one more in their file is told")
    func certificates() throws {
        let project = try TestProject(), authority = try StampAuthority("p256"), pem = try authority.pem()
        try project.write(pem, to: "Registry/tsa.pem")
        let session = try Self.settings(
            "{timestamp: \"https://me:secret@tsa.example/tsr\", certificates: Registry/tsa.pem}", project)
        var request = InitializeEnvironment.Request(environment: "paper", policy: "easy")
        request.isLocal = true
        _ = try InitializeEnvironment.run(request, session: session)
        let printed = try RunProgram.run(
            "/usr/bin/env", ["openssl", "x509", "-in", "Registry/tsa.pem", "-noout", "-fingerprint", "-sha256"],
            in: project.root)
        let digits = try #require(printed.output.split(separator: "=").last).replacing(":", with: "")
        let fingerprint = digits.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        let place = EnvironmentAnchor.timestamp("https://tsa.example/tsr", certificates: [fingerprint])
        #expect(try Self.document(project).anchors == [place])
        #expect(try !project.read(Self.file).contains("secret"))
        func isTold() throws -> Bool {
            try Self.verify(session).contains { $0.contains("expected what root keys have signed in document") }
        }
        #expect(try !isTold())
        // What else stands in the file says nothing.
        try project.write(pem + "\n" + pem, to: "Registry/tsa.pem")
        #expect(try !isTold())
        for text in [pem + (try authority.pem("other")), try authority.pem("other"), "nothing"] {
            try project.write(text, to: "Registry/tsa.pem")
            #expect(try isTold(), "\(text.prefix(40))")
        }
        #expect(project.code { _ = try SignEnvironment.draft("paper", session: session) } == "anchor.certificates")
    }

    @Test("a document of before says nothing of anchors: it counts as it did, and the check of the record tells it")
    func oldDocument() throws {
        let project = try TestProject(), session = project.session
        try project.environment()
        var old = try Self.document(project)
        old.anchors = nil
        let signed = try AuthorityEnvelope(old, signer: try PrivateKeys.signer("paper-root", session: session))
        for name in [Self.file, "Registry/environments/paper/authority/1.json"] {
            try project.write(signed.envelope.text + "\n", to: name)
        }
        let eve = try Self.settings("{directory: heads}", project)
        try Paths.makeDirectory(project.file("heads"))
        #expect(try !Self.verify(eve).contains { $0.contains("root keys have signed") })
        let gaps = try VerifyRecord.gaps(session: eve)
        #expect(
            gaps.contains {
                $0.hasPrefix("document 1 of 'paper' does not say where the audit log is anchored")
                    && $0.hasSuffix("hftml environments sign paper --as KEY")
            }, "\(gaps)")
        #expect(try ShowEnvironment.run("paper", session: eve).changes == ["+ anchors.heads: a directory"])
    }

    @Test("a document that asks for no fresh anchor says so before it is signed, and when the record is checked")
    func noHours() throws {
        let project = try TestProject(), words = "has no anchorHours: promotions will ask for no fresh anchor"
        try project.environment()
        func draft() throws -> [String] { try SignEnvironment.draft("paper", session: project.session).gaps }
        #expect(try draft().contains { $0.hasPrefix("it \(words)") } && draft().count == 1)
        #expect(
            try VerifyRecord.gaps(session: project.session).contains { $0.hasPrefix("document 1 of 'paper' \(words)") })
        try project.amend { $0.replacing("# anchorHours: 24", with: "anchorHours: 24") }
        #expect(try draft().isEmpty && VerifyRecord.gaps(session: project.session).isEmpty)
        // Whoever does not keep all keys on one machine is asked for an anchor without asking for it.
        _ = try InitializeEnvironment.run(
            InitializeEnvironment.Request(environment: "live", policy: "easy"), session: project.session)
        #expect(try project.read("Registry/environments/live/environment.yaml").contains("\nanchorHours: 24\n"))
    }
}
