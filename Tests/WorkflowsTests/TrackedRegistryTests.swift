import Basics
import Registry
import TestSupport
import Testing
import Workflows

/// A registry that Git tracks: a pull replaces it, or plays over it what somebody pushed.
@Suite struct TrackedRegistryTests {
    private static func git(_ project: TestProject, _ arguments: String...) throws {
        let result = try RunProgram.run("/usr/bin/git", arguments, in: project.root)
        #expect(result.status == 0, "\(arguments): \(result.errors)")
    }

    private static func open(_ project: TestProject) throws { _ = try project.session(actor: "ann@desk").registry() }

    @Test(
        "a registry that Git tracks, or a journal or log beside it, is not opened, until the hint's command was run",
        arguments: ["", "-journal", "-wal"])
    func refused(end: String) throws {
        let project = try TestProject(.empty), file = "Registry/registry.sqlite\(end)"
        try Self.open(project)
        if !end.isEmpty { try project.write("what somebody pushed", to: file) }
        try Self.git(project, "add", "-f", file)
        let error = #expect(throws: Failure.self) { try Self.open(project) }
        #expect(error?.code == "runtime.tracked" && error?.message.contains("registry.sqlite\(end) in '") == true)
        #expect(error?.hint?.contains("move 'registry.sqlite\(end)' away") == !end.isEmpty, "\(error as Any)")
        if !end.isEmpty {
            #expect(try project.read(file) == "what somebody pushed", "SQLite took nothing of it")
            try Paths.remove(project.file(file))
        }
        let hint = try #require(error?.hint)
        let command = try #require(hint.split(separator: "then: ").last?.split(separator: " ;").first)
        #expect(try RunProgram.run("/bin/sh", ["-c", String(command)], in: project.root).status == 0, "\(command)")
        try Self.open(project)
    }

    @Test("a registry elsewhere, beside one that Git tracks, is opened")
    func elsewhere() throws {
        let project = try TestProject(.empty), place = try TemporaryDirectory()
        try project.write("another one", to: "Registry/registry.sqlite")
        try Self.git(project, "add", "-f", "Registry/registry.sqlite")
        _ = try project.session(registry: place.file("registry.sqlite")).registry()
    }

    @Test("a rollback and a withdrawal go on with a registry that Git tracks, with a word")
    func takingBack() throws {
        let runtime = FakeRuntime(), project = try TestProject()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try project.handOver("m/1", runtime)
        try Self.git(project, "add", "-f", "Registry/registry.sqlite")
        #expect(project.code { try Self.open(project) } == "runtime.tracked")
        func saying<T>(_ body: (Session) throws -> T) throws -> T {
            let heard = Heard(), outcome = try body(try heard.session(project))
            #expect(
                heard.all.count { $0.contains("tracked by Git: a pull replaces the registry") } == 1, "\(heard.all)")
            return outcome
        }
        var withdrawal = WithdrawPromotion.Request(environment: "paper")
        withdrawal.wait = 0
        let withdrawn = try saying { try WithdrawPromotion.run(withdrawal, runtime: runtime.port, session: $0) }
        #expect(withdrawn.promotion?.reference == "m/1")
        var rollback = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        rollback.wait = 0
        #expect(try saying { try RollBack.run(rollback, runtime: runtime.port, session: $0) }.receipt.version == 1)
    }
}
