import Basics
import Deployment
import Registry
import Testing
import Workflows

/// A host that has forgotten a rollback and runs again what that rollback took out.
@Suite struct ForgottenRollbackTests {
    /// m/1, m/2, a rollback to m/1, m/1 with another strategy, and the host's own rollback to m/2, without a memory of
    /// the first one.
    private static func fixture(_ runtime: FakeRuntime) throws -> TestProject {
        let project = try TestProject()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        #expect(try project.rollBack(runtime).target == 1)
        try project.promoteOther(runtime)
        try Paths.remove(try DeploymentDirectory(project.environment).revision(3))
        try runtime.port.rollBack(project.environment, "op", "by hand")
        let listed = try ListDeployments.run(environment: "paper", session: project.session)
        #expect(listed.records.first?.version == 2 && listed.records.first?.counter == 5)
        #expect(listed.problems.contains { $0.code == "host.rollback-forgotten" })
        return project
    }

    @Test("what runs again though it was taken out is not in force already: promotion refuses, rollback takes it out")
    func takenOutAgain() throws {
        let runtime = FakeRuntime(), project = try Self.fixture(runtime)
        let refused = try #require(project.refusedPromotion("m/2"))
        #expect(refused.code == "host.rollback-forgotten", "\(refused)")
        #expect(refused.hint?.contains("hftml rollback paper --to 1 ") == true, "\(refused)")
        // Not to revision 4, which the host has just left.
        let back = try project.rollBack(runtime)
        #expect(back.target == 1 && back.receipt.version == 1 && back.receipt.counter == 6)
        let problems = try ListDeployments.run(environment: "paper", session: project.session).problems
        #expect(!problems.contains { $0.code == "host.rollback-forgotten" }, "\(problems)")
    }

    @Test("who has judged it anew since it was taken out orders it again, and it is in force by that")
    func orderedAgain() throws {
        let runtime = FakeRuntime(), project = try Self.fixture(runtime)
        let again = try project.promote("m/2", runtime)
        #expect(!again.isStanding && again.receipt.counter == 6)
        let problems = try ListDeployments.run(environment: "paper", session: project.session).problems
        #expect(!problems.contains { $0.code == "host.rollback-forgotten" }, "\(problems)")
    }
}
