import Basics
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
        let shared = try Session(
            Caller(
                actor: "eve",
                environment: [
                    "HFTML_REGISTRY": project.file("Registry/registry.sqlite"),
                    "HFTML_KEYS_DIRECTORY": other.file("Registry/keys"),
                ], directory: other.root))
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
}
