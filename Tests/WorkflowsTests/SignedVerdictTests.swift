import Basics
import Promotion
import Registry
import Testing
import Workflows

/// What a gate signed is a verdict; what anybody judged by a policy of their own is a rehearsal, and no page calls it
/// otherwise.
@Suite struct SignedVerdictTests {
    private static let name = "easy"

    /// `m/1`, judged for `paper` by its gate key.
    private static func project() throws -> TestProject {
        let project = try TestProject()
        try project.environment(policy: name)
        try project.judge()
        return project
    }

    @Test("of what is in force the verdict is the one that it went into force on, whatever the gate said since")
    func inForce() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        try project.promote("m/1", FakeRuntime(clock: time.clock))
        func verdict() throws -> GateDecisionRecord? {
            try ShowVersion.run("m/1", session: project.session).decision
        }
        let first = try #require(try verdict())
        #expect(first.isPassed)
        time.advance(seconds: 1)
        try project.amend { $0.replacing("minimumCostBps: 1", with: "minimumCostBps: 5") }
        time.advance(seconds: 1)
        #expect(try !project.judge().report.isPassed, "the environment asks for more now")
        #expect(try verdict() == first)
        let part = try #require(try ReportVersion.run("m/1", session: project.session).parts.first)
        #expect(part.newestSigned.flatMap { part.verdicts[$0].verdict?.decision } == first)
        #expect(part.verdicts.count == 2, "the refusal stands there as well")
    }

    /// A policy of the same name that nothing passes, elsewhere.
    private static func rehearse(_ project: TestProject, passing: Bool) throws -> GateModel.Outcome {
        let file = try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: metric, metric: ic, minimum: \(passing ? "-1" : "0.999")}\n",
            to: "lax/\(name).yaml")
        return try project.gate(policy: file)
    }

    @Test("a rehearsal under a policy of the same name is neither the headline of a version nor on its card")
    func rehearsal() throws {
        let project = try Self.project()
        let signed = try #require(try ListDecisions.run(session: project.session).first)
        #expect(signed.signature.short == "signed by paper-gate for paper" && signed.signature.isSigned)
        let rehearsed = try Self.rehearse(project, passing: false)
        #expect(rehearsed.decision.policy == Self.name && !rehearsed.report.isPassed)
        let list = try ListDecisions.run(session: project.session)
        #expect(list.map(\.signature.isSigned) == [false, true])
        let shown = try ShowVersion.run("m/1", session: project.session)
        #expect(shown.decision == signed.decision && shown.signature?.isSigned == true)
        let part = try #require(try ReportVersion.run("m/1", session: project.session).parts.first)
        #expect(part.verdicts.count == 2 && part.newestSigned == 1)
        let card = try DescribeVersion.run("m/1", as: .markdown, session: project.session)
        #expect(card.text.contains("Gate `easy` passed it at "), "\(card.text)")
        #expect(card.text.contains(", signed by paper-gate for paper.") && !card.text.contains("` refused it"))
        #expect(card.card[path: "gate.signed"]?.boolValue == true)
        // What is shown by itself says which it is.
        let newest = try ShowDecision.run("m/1", session: project.session)
        #expect(newest.decision == rehearsed.decision && newest.signature?.isSigned == false)
    }

    @Test("what nobody signed is a rehearsal where there is nothing else")
    func alone() throws {
        let project = try TestProject()
        _ = try Self.rehearse(project, passing: true)
        let part = try #require(try ReportVersion.run("m/1", session: project.session).parts.first)
        #expect(part.verdicts.count == 1 && part.newestSigned == nil)
        let card = try DescribeVersion.run("m/1", as: .markdown, session: project.session).text
        #expect(card.contains("A rehearsal under `easy` passed it at ") && card.contains("unsigned: a rehearsal"))
    }

    @Test("a verdict that was signed by no gate key, or whose row says something else, is a rehearsal too")
    func forged() throws {
        let project = try Self.project(), registry = try project.session.registry()
        let version = try registry.version("m/1")
        let honest = try #require(try registry.decisions(for: version).first)
        // The envelope of a pass beside another report.
        var other = try Self.rehearse(project, passing: true).decision
        other.envelope = honest.envelope
        other.decidedAt += 1
        other.digest =
            GateDecisionRecord(
                model: other.model, version: other.version, weights: other.weights, policy: other.policy,
                policyDigest: other.policyDigest, isPassed: other.isPassed, report: other.report,
                decidedAt: other.decidedAt, decidedBy: other.decidedBy, incumbent: other.incumbent
            ).digest
        try registry.record(other)
        let list = try ListDecisions.run(session: project.session)
        #expect(list.first?.decision.digest == other.digest)
        #expect(list.first?.signature.short == "unsigned: its row is not what the gate signed")
        #expect(try ShowVersion.run("m/1", session: project.session).decision == honest)
    }

    @Test("the inbox asks for a verdict of the gate where a rehearsal is all there is, and by a signed one else")
    func inbox() throws {
        let project = try TestProject()
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 1, roles: [risk]}\n", to: "Registry/gates/live.yaml"
        )
        try project.trust("bob")
        try project.environment(policy: "live")
        func item() throws -> InboxItem {
            try #require(try Inbox.run(as: "bob", session: project.session).items.first { $0.kind == .approval })
        }
        try project.gate(policy: "live")
        let first = try item()
        #expect(
            first.what == "1 of 1 approvals missing under 'live' in 'paper', and the verdict does not count there: "
                + "nobody signed it; the gate comes first")
        #expect(first.next == "hftml gate m/1 --for paper --key KEY --features FILE --strategy FILE")
        try project.judge()
        #expect(try item().next == "hftml approve m/1 --for paper --as bob")
        // A rehearsal since changes nothing.
        try project.gate(policy: "live")
        #expect(try item().next == "hftml approve m/1 --for paper --as bob")
    }

    @Test(
        "a verdict of a key that was revoked later was signed at its time, and the report says so; a later one is not")
    func revokedSince() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        try project.environment(policy: Self.name)
        try project.judge()
        time.advance(seconds: 1)
        _ = try ManageKeys.revoke("paper-gate", reason: "laptop stolen", session: project.session)
        time.advance(seconds: 1)
        _ = try Self.rehearse(project, passing: false)
        let part = try #require(try ReportVersion.run("m/1", session: project.session).parts.first)
        let signed = try #require(part.newestSigned.flatMap { part.verdicts[$0].verdict })
        #expect(signed.signature?.short.hasPrefix("signed by paper-gate for paper, revoked since at ") == true)
        #expect(signed.decision.isPassed, "the rehearsal of since then is no verdict")
        #expect(project.refusedPromotion() != nil, "nothing is promoted on it")
    }

    @Test("the verdict of what is in force says as well that its key was revoked since")
    func revokedInForce() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        try project.promote("m/1", FakeRuntime(clock: time.clock))
        time.advance(seconds: 1)
        _ = try ManageKeys.revoke("paper-gate", reason: "laptop stolen", session: project.session)
        let part = try #require(try ReportVersion.run("m/1", session: project.session).parts.first)
        let signed = try #require(part.newestSigned.flatMap { part.verdicts[$0].verdict })
        #expect(signed.signature?.isSigned == true)
        #expect(signed.signature?.short.hasPrefix("signed by paper-gate for paper, revoked since at ") == true)
    }

    @Test("the report of a span has what root keys signed, also where another registry was there when they did")
    func documents() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        try project.environment(policy: Self.name)
        time.advance(seconds: 1)
        try project.amend { $0.replacing("minimumCostBps: 1", with: "minimumCostBps: 5") }
        let clone = try project.session(registry: project.file("ci.sqlite"), actor: "ci", clock: time.clock)
        let span = try ReportVersion.run(since: "2000-01-01", until: nil, session: clone)
        #expect(span.documents.map(\.counter) == [1, 2] && span.unread.isEmpty, "\(span.documents)")
        #expect(span.documents.last?.changes.contains("minimumCostBps: 1.0 → 5.0") == true, "\(span.documents)")
        #expect(span.documents.last?.signers == ["paper-root"])
    }
}
