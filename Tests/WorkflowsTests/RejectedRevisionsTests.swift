import Basics
import Deployment
import Registry
import Testing
import Workflows

/// Rollbacks to weights that a validator rejected since they ran.
@Suite struct RejectedRevisionsTests {
    /// m/1, m/2, and m/1 with another strategy, in force one after the other.
    private static func history(_ runtime: FakeRuntime) throws -> TestProject {
        let project = try RejectedWeightsTests.project("carl")
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        try project.promoteOther(runtime)
        return project
    }

    /// What a rollback came to, what it said, and what is on record of it.
    private static func rollBack(_ project: TestProject, _ runtime: FakeRuntime, to target: String? = nil) throws -> (
        target: Int, lines: [String], detail: String
    ) {
        let heard = Heard(), session = try heard.session(project)
        var request = RollBack.Request(environment: "paper", key: "paper-promoter", reason: "losses")
        (request.target, request.wait) = (target, 0)
        let outcome = try RollBack.run(request, runtime: runtime.port, session: session)
        let entry = try #require(try session.registry().auditEntries(actionPrefix: "rollback").last)
        return (outcome.target, heard.all, entry.detail)
    }

    @Test("a rollback passes over weights that somebody rejected, and says and records whom it listened to")
    func passedOver() throws {
        let runtime = FakeRuntime(), project = try Self.history(runtime)
        try RejectedWeightsTests.say(.rejection, "m/2", as: "carl", project)
        let outcome = try Self.rollBack(project, runtime)
        #expect(outcome.target == 1)
        let line = try #require(
            outcome.lines.first { $0.hasPrefix("passed over revision 2 (m/2): 'carl' rejected it") })
        #expect(line.hasSuffix(": leaks; it comes back only by its number: --to 2"), "\(line)")
        let detail = try JSONParser.parse(outcome.detail)
        #expect(detail[key: "passedOver"]?.listValue?.count == 1 && detail[key: "rejections"] == nil)
    }

    @Test("whoever names rejected weights gets them back, warned of who said no and of what nobody rejected")
    func namedAllTheSame() throws {
        let runtime = FakeRuntime(), project = try Self.history(runtime)
        try RejectedWeightsTests.say(.rejection, "m/2", as: "carl", project)
        let outcome = try Self.rollBack(project, runtime, to: "2")
        #expect(outcome.target == 2)
        let line = try #require(outcome.lines.first { $0.hasPrefix("warning: this goes back to revision 2 (m/2)") })
        #expect(line.contains("'carl' rejected it at ") && line.hasSuffix("nobody rejected: --to 1 (m/1)"), "\(line)")
        let said = try JSONParser.parse(outcome.detail)[key: "rejections"]?.listValue?.first?.stringValue
        #expect(said?.hasPrefix("'carl' rejected it at ") == true && said?.hasSuffix(": leaks") == true)
    }

    @Test(
        "where all that is left was rejected a rollback goes nowhere by itself; a person may name it"
    )
    func nothingElse() throws {
        let project = try RejectedWeightsTests.project("carl"), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        try RejectedWeightsTests.say(.rejection, "m/1", as: "carl", project)
        let refused = #expect(throws: Failure.self) { try Self.rollBack(project, runtime) }
        #expect(refused?.code == "rollback.none" && refused?.message.contains("'carl' rejected it at ") == true)
        let place = try DeploymentDirectory(project.environment).directory
        #expect(refused?.hint?.hasPrefix("stop trading: hftml-runtime halt \(place) --by ") == true)
        #expect(refused?.hint?.contains("hftml rollback paper --to 1 --key paper-promoter --reason") == true)
        #expect(
            try ListDeployments.run(environment: "paper", session: project.session).records.first {
                $0.outcome == "installed"
            }?
            .version == 2)
        #expect(try project.session.registry().auditEntries(actionPrefix: "rollback").isEmpty, "nothing was ordered")
        let outcome = try Self.rollBack(project, runtime, to: "1")
        #expect(outcome.target == 1)
        #expect(outcome.lines.contains { $0.hasPrefix("warning: ") && $0.contains("hftml-runtime halt") })
    }

    @Test("nobody rejected anything: a rollback says nothing of it, in its entry neither")
    func silent() throws {
        let project = try RejectedWeightsTests.project("carl"), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        try RejectedWeightsTests.say(.rejection, "m/1", as: "carl", project)
        try RejectedWeightsTests.say(.approval, "m/1", as: "carl", project)
        let outcome = try Self.rollBack(project, runtime)
        #expect(outcome.target == 1 && !outcome.lines.contains { $0.contains("reject") })
        #expect(!outcome.detail.contains("reject") && !outcome.detail.contains("passedOver"))
    }
}
