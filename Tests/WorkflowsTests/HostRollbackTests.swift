import Basics
import Deployment
import Registry
import Testing
import Workflows

/// A rollback that an operator orders at the host: aliases here name what runs once its receipt has come.
@Suite struct HostRollbackTests {
    private static func collect(_ project: TestProject) throws {
        _ = try ListDeployments.run(environment: "paper", session: project.session)
    }

    private static func version(_ project: TestProject) throws -> Int {
        try project.session.registry().version("m@paper").version
    }

    @Test("a host's own rollback takes the alias along when its receipt comes, once, and holds nobody's hand later")
    func followed() throws {
        let project = try TestProject(), runtime = FakeRuntime(), registry = try project.session.registry()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        try runtime.port.rollBack(project.environment, "op", "losses")
        #expect(try Self.version(project) == 2, "nobody has looked")
        try Self.collect(project)
        #expect(try Self.version(project) == 1)
        let moved = try registry.latestAudit(action: "alias.set", subject: .alias("paper", model: "m"))
        #expect(moved?.detail.contains("rollback of paper") == true)
        let before = try project.actions("alias").count
        try Self.collect(project)
        #expect(try project.actions("alias").count == before)
        // Somebody who moves it afterwards knows why.
        try registry.setAlias("paper", of: try registry.version("m/2"), reason: "by hand")
        try Self.collect(project)
        #expect(try Self.version(project) == 2)
        #expect(try VerifyRecord.run(session: project.session) == [])
    }

    @Test("an older rollback of the host moves nothing: what came in force after it keeps its alias")
    func newer() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        try runtime.port.rollBack(project.environment, "op", "losses")
        try project.promote("m/2", runtime)
        try Self.collect(project)
        #expect(try Self.version(project) == 2)
    }

    @Test("a promotion that is ended only after the host took it out of force leaves the alias on what runs")
    func endedLater() throws {
        let project = try TestProject(), runtime = FakeRuntime(), registry = try project.session.registry()
        try project.promote("m/1", runtime)
        try project.judge("m/2")
        var request = try project.request("m/2")
        request.isActivating = false
        #expect(
            project.code {
                _ = try PromoteModel.run(request, runtime: runtime.port, session: project.session)
            } == "promote.no-receipt")
        try runtime.port.accept(project.environment)
        try runtime.port.rollBack(project.environment, "op", "losses")
        try Self.collect(project)
        #expect(try registry.promotionsUnderWay().isEmpty && Self.version(project) == 1)
    }

    @Test("a rollback whose receipt nobody waited for takes the alias along when it comes")
    func lateReceipt() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        (request.wait, request.isActivating) = (0, false)
        #expect(
            project.code {
                _ = try RollBack.run(request, runtime: runtime.port, session: project.session)
            } == "rollback.no-receipt")
        try runtime.port.accept(project.environment)
        try Self.collect(project)
        #expect(try Self.version(project) == 1)
    }
}
