import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// Who acts: what the system or a CI's signed token says, never what a variable says.
@Suite struct ActingIdentityTests {
    private static let clock = Clock { 1_800_000_000_000_000_000 }

    private static func tokens() throws -> JSONValue {
        try JSONParser.parse(FileChunks.text("\(SharedData.repository)/Tests/IdentityTests/Fixtures/tokens.json"))
    }

    private static func token(_ name: String) throws -> String {
        try #require(try tokens()[key: name]?.stringValue)
    }

    private static func project(_ token: String) throws -> TestProject {
        let project = try TestProject(.empty, clock: clock, environment: ["HFTML_ID_TOKEN": token])
        let issuer = try #require(try tokens()[key: "issuer"])
        try project.write(issuer.text(.pretty), to: "Registry/issuers/gitlab.json")
        return project
    }

    private static func commit(_ project: TestProject) throws {
        for command in [
            ["add", "Registry/issuers"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "issuer"],
        ] {
            #expect(try RunProgram.run("/usr/bin/git", command, in: project.root).status == 0)
        }
    }

    @Test("a job is on record as its token says, by an issuer that is committed; one that a job wrote is nobody's")
    func token() throws {
        let project = try Self.project(try Self.token("rs256"))
        #expect(project.code { _ = try project.session.registry() } == "identity.token")
        try Self.commit(project)
        _ = try ManageKeys.generate("gate", session: project.session)
        #expect(
            try project.session.registry().auditEntries().last?.actor == "ci:gitlab.example.com/quant/bars@main (ann)")
        // From a file as well.
        let file = try project.write(try Self.token("es256") + "\n", to: "token")
        let other = try Self.project(file)
        try Self.commit(other)
        #expect(try other.session.actor() == "ci:gitlab.example.com/quant/bars@main (ann)")
    }

    @Test("at an environment the issuers of its signed document count, whatever is committed beside it")
    func environment() throws {
        let project = try TestProject(
            .trained, clock: Self.clock, environment: ["HFTML_ID_TOKEN": try Self.token("rs256")])
        let issuer = try #require(try Self.tokens()[key: "issuer"]).text(.pretty)
        try project.write(issuer, to: "Registry/issuers/gitlab.json")
        try Self.commit(project)
        try project.environment()
        #expect(try project.judge().decision.envelope != nil, "init names the issuers that are there")
        try project.amend { $0.replacing(#"issuers: ["gitlab"]"#, with: "issuers: []") }
        let request = try project.request()
        #expect(project.code { try project.judge() } == "identity.token")
        #expect(
            project.code {
                _ = try PromoteModel.run(request, runtime: FakeRuntime().port, session: project.session)
            } == "identity.token")
        #expect(
            project.code { _ = try project.rollBack(FakeRuntime()) } == "identity.token",
            "nobody acts there by that token")
        // One that names no project would let everybody of that server in.
        var unbound = try #require(try Self.tokens()[key: "issuer"])
        unbound[key: "claims"] = nil
        try project.write(unbound.text(.pretty), to: "Registry/issuers/gitlab.json")
        #expect(
            project.code { try project.amend { $0.replacing("issuers: []", with: "issuers: [gitlab]") } }
                == "identity.issuer")
        try project.write(issuer, to: "Registry/issuers/gitlab.json")
        try project.amend { $0.replacing("issuers: [gitlab]", with: "issuers: []") }
        // A document that names it needs no file beside it.
        try project.amend { $0.replacing("issuers: []", with: "issuers: [gitlab]") }
        try Paths.remove(project.file("Registry/issuers"))
        #expect(try ActingIdentityTests.again(project).actor() == "ci:gitlab.example.com/quant/bars@main (ann)")
        // One of before documents could say so leaves it to the project.
        try project.write(issuer, to: "Registry/issuers/gitlab.json")
        try project.amend { $0.replacing("issuers: [gitlab]\n", with: "") }
        try project.judge()
    }

    private static func again(_ project: TestProject) throws -> Session {
        try Session(
            Caller(
                actor: "ann@desk", clock: clock,
                environment: [
                    "HFTML_ID_TOKEN": try token("rs256"), "HFTML_KEYS_DIRECTORY": project.file("Registry/keys"),
                ], directory: project.root))
    }

    @Test("a token that does not count is an error, not passed over", arguments: ["hs256", "none", "otherAudience"])
    func refused(_ name: String) throws {
        let project = try Self.project(try Self.token(name))
        try Self.commit(project)
        #expect(project.code { _ = try ManageKeys.generate("gate", session: project.session) } == "identity.token")
        #expect(!Paths.exists(project.file("Registry/keys/gate.pub.json")))
    }

    @Test("an actor stands for people: who started a job is an author of what it made")
    func people() {
        #expect(ActingIdentity.people("ann@desk-3") == ["ann"])
        #expect(ActingIdentity.people("ci:quant/bars@main (ann)") == ["ci:quant/bars", "ann"])
        #expect(ActingIdentity.people("ci:quant/bars@main") == ["ci:quant/bars"])
        #expect(ActingIdentity.people("eve (ann)@desk") == ["eve (ann)"])
    }

    @Test("no variable makes a caller somebody else")
    func variables() throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: ".dvc/config")
        let told = [
            "HFTML_USER": "boss", "USER": "boss", "LOGNAME": "boss", "GITLAB_USER_LOGIN": "boss",
            "HFTML_KEYS_DIRECTORY": directory.file("keys"),
        ]
        let made = try RunProgram.run(
            RunProgram.hftml, ["keys", "generate", "ann"], in: directory.path, environment: told)
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.errors.contains("HFTML_USER"), "what is ignored is said: \(made.errors)")
        let name = try RunProgram.run("/usr/bin/id", ["-un"], in: directory.path).output.split(separator: "\n")[0]
        let entries = try RunProgram.run(RunProgram.hftml, ["audit", "show", "--json"], in: directory.path)
        #expect(entries.output.contains("\"\(name)@") && !entries.output.contains("boss"), "\(entries.output)")
    }
}
