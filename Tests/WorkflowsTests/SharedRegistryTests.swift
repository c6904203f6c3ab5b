import Basics
import Deployment
import ModelBundles
import Registry
import Testing
import Workflows

/// Two projects with one registry, each with an environment of the same name.
@Suite struct SharedRegistryTests {
    @Test("documents of another project's environment of that name are not signed here, and hold up nothing of ours")
    func sameName() throws {
        let project = try TestProject(), other = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try other.environment()
        let shared = try other.session(registry: project.file("Registry/registry.sqlite"), actor: "eve")
        #expect(
            project.code {
                let draft = try SignEnvironment.draft("paper", session: shared)
                _ = try SignEnvironment.sign(draft, key: "paper-root", session: shared)
            } == "authority.other-root")
        var request = PromoteModel.Request(
            reference: "m/1", environment: "paper", strategy: project.strategy, features: project.features,
            key: "paper-promoter")
        request.wait = 0
        #expect(
            project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: shared) }
                == "authority.other-root")
        // By its directory its host is the other project's, too.
        request.environment = other.file("Registry/environments/paper")
        var rollback = RollBack.Request(environment: request.environment, key: "paper-promoter", reason: "mine")
        rollback.wait = 0
        for session in [shared, project.session] {
            #expect(
                project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: session) }
                    == "authority.other-root")
            #expect(
                project.code { _ = try RollBack.run(rollback, runtime: runtime.port, session: session) }
                    == "authority.other-root")
        }
        // One that stands there all the same, by whatever program.
        try project.session.registry().audit(
            action: "environment.sign", subject: .environment("paper"),
            detail: .map([
                "counter": .int(4), "document": .string(String(repeating: "4", count: 64)), "signer": .string("eve"),
                "complete": .bool(true), "root": .string("sha256:" + String(repeating: "5", count: 64)),
            ]))
        #expect(try SignEnvironment.draft("paper", session: project.session).counter == 2)
        #expect(try project.promote("m/2", runtime).receipt.version == 2)
    }

    @Test("what an earlier program's log says of a name is its own project's: another one signs and promotes nothing")
    func earlierLog() throws {
        let project = try TestProject(), other = try TestProject(), runtime = FakeRuntime()
        try project.environment()
        try other.environment()
        let path = project.file("earlier/registry.sqlite")
        let registry = try RegistryDatabase(path, actor: "ann@desk", clock: project.session.clock)
        let own = try AuthorityEnvelope(try project.read("Registry/environments/paper/authority.json"))
        try registry.audit(
            action: "environment.sign", subject: .environment("paper"),
            detail: .map([
                "counter": .int(1), "document": .string(own.digest), "signer": .string("ann"), "complete": .bool(true),
            ]))
        func session(_ project: TestProject) throws -> Session {
            try Paths.remove(project.file("Registry/audit-heads.jsonl"))
            return try project.session(registry: path, actor: "eve")
        }
        func sign(_ project: TestProject) throws -> Int {
            let session = try session(project), draft = try SignEnvironment.draft("paper", session: session)
            return try SignEnvironment.sign(draft, key: "paper-root", session: session).counter
        }
        #expect(other.code { _ = try sign(other) } == "authority.other-root")
        #expect(try sign(project) == 2)
        #expect(other.code { _ = try sign(other) } == "authority.other-root")
        // Nor do its promoters take anything back there.
        var rollback = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "mine")
        rollback.wait = 0
        #expect(
            other.code { _ = try RollBack.run(rollback, runtime: runtime.port, session: try session(other)) }
                == "authority.other-root")
    }

    @Test("a later document of the name, whoever signed it and whatever program entered it, makes it nobody else's")
    func laterDocument() throws {
        for hasEnvelope in [true, false] {
            let project = try TestProject(), other = try TestProject()
            try project.environment()
            try other.environment()
            let registry = try project.session.registry()
            let made = try AuthorityEnvelope(try other.read("Registry/environments/paper/authority.json"))
            try registry.audit(
                action: "environment.sign", subject: .environment("paper"),
                detail: .map(
                    [
                        ("counter", .int(1)), ("document", .string(made.digest)), ("signer", .string("eve")),
                        ("complete", .bool(true)),
                    ] + (hasEnvelope ? [("envelope", .string(made.envelope.text))] : [])))
            let shared = try other.session(registry: project.file("Registry/registry.sqlite"), actor: "eve")
            #expect(
                other.code {
                    let draft = try SignEnvironment.draft("paper", session: shared)
                    _ = try SignEnvironment.sign(draft, key: "paper-root", session: shared)
                } == "authority.other-root")
            #expect(try SignEnvironment.draft("paper", session: project.session).counter == 2)
            // Without a document of their own they are shown the real one's, and sign none beside it.
            for name in ["authority.json", "authority", "root.json"] {
                try Paths.remove(other.file("Registry/environments/paper/\(name)"))
            }
            #expect(other.code { _ = try SignEnvironment.draft("paper", session: shared) } == "authority.gone")
        }
    }
}
