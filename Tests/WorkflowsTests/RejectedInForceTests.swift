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

    @Test("where nothing is left to go back to, a no leads to a halt, and from there to another version")
    func lastOne() throws {
        let project = try RejectedWeightsTests.project("carl"), runtime = FakeRuntime(), heard = Heard()
        for version in ["m/1", "m/2"] { try project.promote(version, runtime) }
        try RejectedWeightsTests.say(.rejection, "m/2", as: "carl", project)
        #expect(try project.rollBack(runtime).receipt.version == 1)
        let draft = try SignStatement.draft(
            .rejection, "m/1", policy: nil, for: "paper", signer: "carl", reason: "leaks", session: project.session)
        _ = try SignStatement.sign(draft, key: "carl", session: heard.session(project))
        let place = try DeploymentDirectory(project.environment).directory
        let told = try #require(heard.all.first { $0.contains("m/1 in force in 'paper'") }, "\(heard.all)")
        #expect(told.contains("no version is left to go back to") && told.contains("hftml-runtime halt \(place) --by "))
        #expect(!told.contains("hftml rollback"), "it would be refused")
        func item() throws -> InboxItem {
            let items = try Inbox.run(as: "paper-promoter", session: project.session).items
            return try #require(items.first { $0.what.contains("m/1 in force in 'paper'") }, "\(items)")
        }
        #expect(try item().next.contains("hftml-runtime halt \(place) --by paper-promoter --reason TEXT"))
        #expect(project.code { _ = try project.rollBack(runtime) } == "rollback.none")
        try runtime.port.halt(project.environment, "ben", "rejected")
        let halted = try item()
        #expect(halted.what.contains("where trading is halted and no version is left"), "\(halted)")
        #expect(halted.next == "promote another version: hftml promote NAME/VERSION --to paper …")
    }

    @Test("a yes before its signer's no stays without effect in a report, whatever they said later")
    func laterYes() throws {
        let project = try RejectedWeightsTests.project("carl")
        try RejectedWeightsTests.say(.approval, "m/2", as: "carl", reason: "sound", project)
        try RejectedWeightsTests.say(.rejection, "m/2", as: "carl", project)
        try RejectedWeightsTests.say(.approval, "m/2", as: "carl", reason: "mended", project)
        let part = try #require(try ReportVersion.run("m/2", session: project.session).parts.first)
        let said = part.signatures.filter { $0.kind == .approval }.sorted { $0.time < $1.time }
        #expect(said.map(\.reason) == ["sound", "mended"])
        #expect(said.first?.objection?.hasPrefix("rejected since, at ") == true && said.last?.objection == nil)
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
