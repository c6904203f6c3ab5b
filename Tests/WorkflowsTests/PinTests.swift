import Basics
import Deployment
import Foundation
import ModelBundles
import Testing
import Workflows

/// Whom a machine believes that pinned nobody: it is said, and somebody can end it.
@Suite struct PinTests {
    private static func judge(_ session: Session, _ project: TestProject) throws {
        _ = try GateModel.run(
            "m/1", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
            environment: "paper", key: "paper-gate", session: session)
    }

    @Test("a gate without a pin says whose root keys it believes, by their fingerprint; with a pin it says nothing")
    func told() throws {
        let project = try TestProject(), heard = Heard(), session = try heard.session(project)
        try project.environment()
        try Self.judge(session, project)
        #expect(heard.unpinned.isEmpty, "init on one machine pins what it made")
        let pin = try RootPin.read(project.environment + "/root.json")
        try Paths.remove(project.environment + "/root.json")
        try Self.judge(session, project)
        let line = try #require(heard.unpinned.first)
        #expect(line.contains(pin.fingerprint) && line.hasSuffix("hftml environments pin paper"), "\(line)")
        let shown = try ShowEnvironment.run("paper", session: session)
        #expect(shown.root == pin.fingerprint && !shown.isPinned)
        let draft = try PinEnvironment.draft("paper", session: session)
        #expect(draft.fingerprint == pin.fingerprint && !draft.isPinned && draft.keys.map(\.name) == ["paper-root"])
        let wrong = pin.fingerprint.replacing("sha256:", with: "").reversed()
        #expect(
            project.code { _ = try PinEnvironment.run(draft, fingerprint: String(wrong), session: session) }
                == "authority.fingerprint")
        #expect(!Paths.exists(project.environment + "/root.json"))
        #expect(try PinEnvironment.run(draft, fingerprint: pin.fingerprint, session: session).isNew)
        #expect(try RootPin.read(project.environment + "/root.json") == pin)
        #expect(try project.actions("environment.pin").count == 1)
        let said = heard.unpinned.count
        try Self.judge(session, project)
        #expect(heard.unpinned.count == said)
        #expect(try ShowEnvironment.run("paper", session: session).isPinned)
    }

    @Test("documents that somebody put in the place of all others are believed by nobody who pinned")
    func replaced() throws {
        let project = try TestProject()
        try project.environment()
        let place = project.environment, eve = SigningKey(generating: "paper-root")
        var document = try AuthorityEnvelope(try FileChunks.text("\(place)/authority.json")).authority
        document.root = try RootKeys(threshold: 1, keys: [eve.publicKey])
        let forged = try AuthorityEnvelope(document, signer: eve).envelope.text
        for file in ["authority.json", "authority/1.json"] { try AtomicFile.write(forged, to: "\(place)/\(file)") }
        #expect(
            project.code { try Self.judge(project.session, project) } == "authority.signatures")
        #expect(project.code { _ = try PinEnvironment.draft("paper", session: project.session) } == "authority.pinned")
    }

    @Test("before there is a document the root keys of environment.yaml are written for the host, with its fingerprint")
    func file() throws {
        let project = try TestProject(.empty), session = project.session
        for name in ["ann", "gate", "promoter", "host"] { _ = try ManageKeys.generate(name, session: session) }
        var request = InitializeEnvironment.Request(environment: "live", policy: "easy")
        request.root = ["ann"]
        _ = try InitializeEnvironment.run(request, session: session)
        let file = "Registry/environments/live/environment.yaml"
        try project.write(
            try project.read(file).replacing("GATE-KEY", with: "gate").replacing("PROMOTER-KEY", with: "promoter")
                .replacing("HOST-KEY", with: "host"), to: file)
        let draft = try PinEnvironment.draft("live", session: session)
        #expect(draft.source == "environment.yaml" && draft.threshold == 1)
        let outcome = try PinEnvironment.run(draft, output: project.file("live-root.json"), session: session)
        #expect(try RootPin.read(project.file("live-root.json")).fingerprint == outcome.fingerprint)
        #expect(!Paths.exists(project.file("Registry/environments/live/root.json")))
        // The first document is signed by the same keys.
        _ = try SignEnvironment.sign(
            try SignEnvironment.draft("live", session: session), key: "ann", session: session)
        #expect(try PinEnvironment.draft("live", session: session).fingerprint == draft.fingerprint)
    }
}
