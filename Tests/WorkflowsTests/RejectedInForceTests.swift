import Basics
import Deployment
import Registry
import Testing
import Workflows

/// A validator's no that comes after the order.
@Suite struct RejectedInForceTests {
    @Test("rejected while it waits for its host, or in force: who rejects reads so, and it is told until it is out")
    func told() throws {
        let project = try RejectedWeightsTests.project("carl"), runtime = FakeRuntime(), heard = Heard()
        try project.promote("m/2", runtime)
        runtime.answer(.silence)
        #expect(project.code { try project.promote("m/1", runtime) } == "promote.no-receipt")
        let session = try heard.session(project)
        let draft = try SignStatement.draft(
            .rejection, "m/1", policy: nil, for: "paper", signer: "carl", reason: "leaks", session: session)
        _ = try SignStatement.sign(draft, key: "carl", session: session)
        #expect(heard.all.contains { $0.contains("m/1 on its way into 'paper'") && $0.contains("withdraw paper") })
        func problems() throws -> [String] {
            try VerifyRecord.run(session: project.session).filter { $0.contains("'carl' rejected it") }
        }
        #expect(try problems().count == 1)
        // It comes in force all the same: the host asks no people.
        runtime.answer(.install)
        try runtime.port.accept(project.environment)
        let listed = try ListDeployments.run(environment: "paper", session: project.session)
        #expect(listed.records.first?.version == 1)
        #expect(listed.problems.contains { $0.code == "deployment.rejected" && $0.message.contains("in force in") })
        #expect(try project.rollBack(runtime).receipt.version == 2)
        #expect(try problems().isEmpty)
    }

    @Test("a report says what took a version out of force, and that who approved it has rejected it since")
    func reported() throws {
        let project = try RejectedWeightsTests.project("carl"), runtime = FakeRuntime()
        try RejectedWeightsTests.say(.approval, "m/2", as: "carl", reason: "sound", project)
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        func part() throws -> ComplianceReport.Part {
            try #require(try ReportVersion.run("m/2", session: project.session).parts.first)
        }
        func yes() throws -> String? { try part().signatures.first { $0.kind == .approval }?.objection }
        #expect(try yes() == nil && part().deployments.map(\.outcome) == ["installed"])
        try RejectedWeightsTests.say(.rejection, "m/2", as: "carl", project)
        #expect(try yes()?.hasPrefix("rejected since, at ") == true)
        try project.rollBack(runtime)
        _ = try ListDeployments.run(environment: nil, session: project.session)
        let deployments = try part().deployments
        #expect(deployments.map(\.outcome) == ["rolled-back", "installed"] && deployments.first?.version == 1)
    }
}
