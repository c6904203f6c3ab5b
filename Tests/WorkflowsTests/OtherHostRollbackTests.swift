import Basics
import Deployment
import Promotion
import Registry
import Testing
import Workflows

/// What one host of an environment took out is weighed at its others.
@Suite struct OtherHostRollbackTests {
    @Test("a yes from before a rollback at one host of an environment counts at none of its hosts")
    func approval() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        try project.trust("bob")
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        try project.environment(policy: "live")
        let further = try RecordedHostsTests.Further(project)
        func approve(_ reference: String) throws {
            let draft = try SignStatement.draft(
                .approval, reference, policy: nil, for: "paper", signer: "bob", reason: "read", session: session)
            _ = try SignStatement.sign(draft, key: "bob", session: session)
        }
        for reference in ["m/1", "m/2"] {
            try approve(reference)
            try project.promote(reference, runtime)
        }
        try project.rollBack(runtime)
        func judged() throws -> GateModel.Outcome {
            try GateModel.run(
                "m/2", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
                environment: further.host.directory, key: "paper-gate", session: session)
        }
        let line = try #require(try judged().report.items.first { $0.name == "approvals" })
        #expect(line.reason.contains("before m/2 was rolled back at "), "\(line.reason)")
        #expect(try !judged().report.isPassed)
        try approve("m/2")
        #expect(try judged().report.isPassed)
    }
}
