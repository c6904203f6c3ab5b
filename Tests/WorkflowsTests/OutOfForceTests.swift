import Basics
import Deployment
import Registry
import TestSupport
import Testing
import Workflows

/// Bundles that trade and are taken back: out is what a host has signed to be out.
@Suite struct OutOfForceTests {
    /// `m/2` in force after `m/1`, its health not shown yet.
    private static func running(_ runtime: FakeRuntime) throws -> TestProject {
        let project = try TestProject()
        try project.runUnproven(runtime)
        return project
    }

    private static func withdraw(_ project: TestProject, _ port: RuntimePort, key: String? = nil) throws
        -> WithdrawPromotion.Outcome
    {
        var request = WithdrawPromotion.Request(environment: "paper")
        (request.wait, request.key) = (0, key)
        return try WithdrawPromotion.run(request, runtime: port, session: project.session)
    }

    @Test("a halt of before is no answer to a withdrawal: what is in force trades again when it is resumed")
    func halted() throws {
        let runtime = FakeRuntime(), project = try Self.running(runtime), registry = try project.session.registry()
        try runtime.port.halt(project.environment, "op", "a look")
        #expect(try SettlePromotions.run(session: project.session).map(\.state) == [.begun], "a halt answers no order")
        runtime.answer(.silence)
        let outcome = try Self.withdraw(project, runtime.port)
        #expect(outcome.isUnderWay && !outcome.isConfirmed)
        #expect(try registry.promotionsUnderWay().map(\.reference) == ["m/2"])
        runtime.answer(.install)
        #expect(try Self.withdraw(project, runtime.port).isConfirmed)
        #expect(try registry.promotionsUnderWay().isEmpty)
    }

    @Test("a host that does not go back by itself is ordered to by the promoter's key at hand")
    func ordered() throws {
        let runtime = FakeRuntime(), project = try Self.running(runtime)
        var port = runtime.port
        port.rollBack = { _, _, _ in throw Failure("runtime.ended", "hftml-runtime rollback ended with status 1") }
        let outcome = try Self.withdraw(project, port)
        #expect(outcome.isConfirmed && !outcome.isUnderWay)
        let newest = try ListDeployments.run(environment: "paper", session: project.session).records.first
        #expect(newest?.outcome == "rolled-back" && newest?.version == 1, "\(newest as Any)")
        #expect(try project.actions("rollback") == ["rollback"], "by a promoter's order")
    }

    @Test("a withdrawal by a key orders by that key, once; what it says is to be waited for is no second order")
    func byKey() throws {
        let runtime = FakeRuntime(), project = try Self.running(runtime)
        runtime.answer(.silence)
        #expect(try Self.withdraw(project, runtime.port, key: "paper-promoter").isUnderWay)
        #expect(try Self.withdraw(project, runtime.port, key: "paper-promoter").isUnderWay)
        #expect(try project.actions("rollback") == ["rollback"])
        runtime.answer(.install)
        #expect(try Self.withdraw(project, runtime.port, key: "paper-promoter").isConfirmed)
        #expect(try project.actions("rollback") == ["rollback"])
    }
}
