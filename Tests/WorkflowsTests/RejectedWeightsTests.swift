import Basics
import Deployment
import ModelBundles
import Promotion
import Registry
import Testing
import Workflows

/// What a validator's no does beside a promotion: to verdicts and inboxes.
@Suite struct RejectedWeightsTests {
    /// Whose environments ask nobody to approve.
    static func project(_ people: String...) throws -> TestProject {
        let project = try TestProject()
        for name in people { try project.trust(name) }
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: metric, metric: ic, minimum: -1}\n"
                + "waivers: {roles: [risk], longestDays: 30}\n", to: "Registry/gates/live.yaml")
        try project.environment(policy: "live")
        return project
    }

    static func say(
        _ kind: SignStatement.Kind, _ reference: String = "m/1", as name: String, reason: String = "leaks",
        _ project: TestProject
    ) throws {
        let draft = try SignStatement.draft(
            kind, reference, policy: nil, for: "paper", signer: name, reason: reason, session: project.session)
        _ = try SignStatement.sign(draft, key: name, session: project.session)
    }

    private static func items(_ name: String, _ project: TestProject) throws -> [InboxItem] {
        try Inbox.run(as: name, session: project.session).items.filter { $0.kind == .approval }
    }

    @Test("a gate signs no passing verdict for weights that somebody rejected, whatever its policy asks for")
    func gateRefuses() throws {
        let project = try Self.project("carl")
        #expect(try project.judge().report.isPassed)
        #expect(try !project.judge().report.items.contains { $0.name.hasSuffix("rejection") })
        try Self.say(.rejection, as: "carl", project)
        let refused = try project.judge()
        let line = try #require(refused.report.items.first { $0.name == "environment-rejection" })
        #expect(!refused.report.isPassed && !refused.decision.isPassed && line.status == .failed)
        #expect(line.reason.hasPrefix("'carl' rejected it at ") && line.reason.hasSuffix(": leaks"), "\(line.reason)")
        #expect(
            line.evidence == [
                "only 'carl' takes it back, and no waiver does: hftml approve m/1 --for paper --as carl"
            ])
        // A rehearsal promises nothing that a promotion refuses.
        let rehearsal = try project.gate(policy: "live").report
        #expect(!rehearsal.isPassed && rehearsal.items.contains { $0.name == "rejection" && $0.status == .failed })
        #expect(project.refusedPromotion()?.code == "promote.refused")
        try Self.say(.approval, as: "carl", project)
        #expect(try project.judge().report.isPassed && project.refusedPromotion() == nil)
    }

    @Test("no waiver names the line of a rejection")
    func noWaiver() throws {
        let project = try Self.project("carl")
        for rule in ["environment-rejection", "rejection"] {
            let code = project.code {
                _ = try SignStatement.draft(
                    .waiver, "m/1", policy: nil, for: "paper", signer: "carl", reason: "in a hurry", rule: rule,
                    expires: "7d", session: project.session)
            }
            #expect(code == "waive.rule")
        }
    }

    @Test("inboxes say that a rejected version waits for who rejected it alone: theirs once it was judged again")
    func inboxes() throws {
        let project = try TestProject()
        for name in ["bob", "carl"] { try project.trust(name) }
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 2, roles: [risk]}\n",
            to: "Registry/gates/live.yaml")
        try project.environment(policy: "live")
        try project.judge()
        #expect(try Self.items("bob", project).first?.next == "hftml approve m/1 --for paper --as bob")
        try Self.say(.rejection, as: "carl", project)
        let asked = try #require(try Self.items("bob", project).first)
        #expect(
            asked.what.hasSuffix(": leaks; in 'paper' it waits for nothing until 'carl' takes that back"),
            "\(asked.what)")
        #expect(asked.next == "hftml gates show m/1")
        #expect(try Self.items("carl", project).isEmpty, "nobody has asked since")
        try project.judge()
        let own = try #require(try Self.items("carl", project).first)
        #expect(own.what.hasSuffix("until you take that back"), "\(own.what)")
        #expect(own.next == "hftml approve m/1 --for paper --as carl")
        try Self.say(.approval, as: "carl", project)
        #expect(try Self.items("carl", project).isEmpty)
        #expect(try Self.items("bob", project).first?.what.hasPrefix("1 of 2 approvals missing") == true)
    }
}
