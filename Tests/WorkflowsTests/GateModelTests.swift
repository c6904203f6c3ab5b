import Basics
import Foundation
import Registry
import Testing
import Workflows

/// A version before its gate, and what people sign about it.
@Suite struct GateModelTests {
    @Test("a verdict is on record with its reasons, whichever it is")
    func verdicts() throws {
        let project = try TestProject()
        let passed = try project.gate(), refused = try project.gate("m/2", policy: "hard")
        #expect(passed.report.isPassed && passed.decision.isPassed && passed.decision.decidedBy == "ann@desk")
        #expect(!refused.report.isPassed && !refused.decision.isPassed)
        #expect(
            refused.report.items.map(\.name) == ["quality-passed", "metric", "unseen-span"]
                && refused.report.items.map(\.status) == [.passed, .failed, .passed])
        let registry = try project.session.registry()
        #expect(try registry.latestDecision(for: passed.version) == passed.decision)
        #expect(try project.actions("gate") == ["gate.passed", "gate.refused"])
        let nodes = try registry.lineage(of: "version:m/2", downstream: true).nodes
        #expect(nodes.last?.verdict == .refused && nodes.last?.attributes[.policy] == "hard")
        #expect(nodes.last?.label == "hard: refused")
    }

    @Test("costs are stated, the card names the strategies of test and gate, and a project without policies says so")
    func costs() throws {
        let project = try TestProject()
        try project.write("{schemaVersion: 1, rules: [after-costs]}\n", to: "Registry/gates/costs.yaml")
        let item = try #require(try project.gate(policy: "costs").report.items.first { $0.name == "after-costs" })
        #expect(item.reason.contains("after costs of 1 bps a round trip"), "\(item.reason)")
        let free = project.file("free.yaml")
        try project.write(
            try project.read("strategy.yaml").replacing("costBps: 1\n", with: "costBps: 0\n"), to: "free.yaml")
        func gate(_ policy: String) throws -> CheckReport {
            try GateModel.run(
                "m/1", policy: policy, strategy: free, features: project.features, against: nil, threads: 1,
                session: project.session
            ).report
        }
        let other = try #require(try gate("costs").items.first { $0.name == "after-costs" })
        #expect(other.reason.contains("with no costs at all (costBps 0)"), "\(other.reason)")
        let card = try DescribeVersion.run("m/1", as: .markdown, session: project.session).text
        #expect(card.contains("1 bps a round trip") && card.contains("0 bps a round trip"))
        #expect(card.contains("**two strategies**"))
        for file in try Paths.entries(project.file("Registry/gates")) {
            try Paths.remove(project.file("Registry/gates/\(file)"))
        }
        let error = #expect(throws: Failure.self) { try gate("strict") }
        #expect(error?.code == "gate.no-policy" && error?.message.hasSuffix("Registry/gates holds none") == true)
        #expect(error?.hint?.contains("> Registry/gates/strict.yaml") == true)
        #expect(error?.hint?.contains("mkdir -p Registry/gates && ") == true)
    }

    @Test("a strategy that a gate judged by is a trial, once, however its file is written")
    func judgedByGates() throws {
        let project = try TestProject(), registry = try project.session.registry()
        let run = try registry.run(try registry.version("m/1").run)
        func gate(_ text: (String) -> String) throws {
            try project.write(text(try project.read("strategy.yaml")), to: "other.yaml")
            _ = try GateModel.run(
                "m/1", policy: "hard", strategy: project.file("other.yaml"), features: project.features, against: nil,
                threads: 1, session: project.session)
        }
        let before = try registry.trialCount(beside: run).trials
        try gate { $0.replacing("costBps: 1\n", with: "costBps: 1.0\n") }
        #expect(try registry.trialCount(beside: run).trials == before)
        try gate { $0.replacing("costBps: 1\n", with: "costBps: 0.5\n") }
        try gate { $0.replacing("costBps: 1\n", with: "costBps: 0.25\n") }
        try gate { $0.replacing("costBps: 1\n", with: "costBps: 0.250\n") }
        #expect(try registry.trialCount(beside: run).trials == before + 2)
    }

    @Test("the latency of a window is measured where a policy asks for it, and is the time of one window")
    func latency() throws {
        let project = try TestProject()
        try project.write(
            """
            schemaVersion: 1
            rules:
              - quality-passed
              - {rule: latency, p99Microseconds: 1000000}

            """, to: "Registry/gates/fast.yaml")
        let item = try #require(try project.gate(policy: "fast").report.items.first { $0.name == "latency" })
        #expect(item.name == "latency" && item.status == .passed)
        #expect(item.reason.hasPrefix("one window takes ") && item.reason.hasSuffix("allowed 1000000.0 µs"))
    }

    @Test("the incumbent is the champion, unless another is named; a version is not its own incumbent")
    func incumbents() throws {
        let project = try TestProject()
        #expect(try project.gate().decision.incumbent == nil)
        let registry = try project.session.registry()
        try registry.setAlias("champion", of: try registry.version("m/1"), reason: "")
        #expect(try project.gate("m/2").decision.incumbent == "m/1")
        #expect(try project.gate("m/1").decision.incumbent == nil)
        let against = try GateModel.run(
            "m/1", policy: "easy", strategy: project.strategy, features: project.features, against: "m/2", threads: 1,
            session: project.session)
        #expect(against.decision.incumbent == "m/2")
    }

    @Test("missing evidence does not pass: a failed or absent quality report, other features, a policy nobody wrote")
    func missing() throws {
        let project = try TestProject(), registry = try project.session.registry()
        #expect(project.code { try project.gate(policy: "esy") } == "gate.no-policy")
        let unknown = #expect(throws: Failure.self) { try project.gate(policy: "esy") }
        #expect(unknown?.hint == "did you mean 'easy'?" && unknown?.exitStatus == .usage)
        let other = try project.write("other", to: "other.safetensors")
        #expect(
            project.code {
                _ = try GateModel.run(
                    "m/1", policy: "easy", strategy: project.strategy, features: other, against: nil, threads: 1,
                    session: project.session)
            } == "gate.other-features")
        // A report that did not pass, whatever it is called, behind the same features.
        let run = try registry.run("seed 1")
        try registry.link(
            [
                LineageNode(
                    .qualityReport, id: "sha256:late", label: "passed: so it says", attributes: [.verdict: "failed"])
            ], to: LineageNode(.features, id: run.dataDigest ?? "", label: "out/features.safetensors"))
        let outcome = try project.gate()
        #expect(!outcome.report.isPassed && outcome.report.items[0].status == .failed)
    }

    @Test("a report without a verdict on record is no passed report")
    func noVerdict() throws {
        let project = try TestProject(), registry = try project.session.registry()
        let run = try registry.run("seed 1")
        try registry.link(
            [LineageNode(.qualityReport, id: "sha256:bare", label: "passed: out/quality.json")],
            to: LineageNode(.features, id: run.dataDigest ?? "", label: "out/features.safetensors"))
        #expect(try !project.gate().report.isPassed)
    }

    // MARK: Statements

    private static func sign(
        _ kind: SignStatement.Kind, as name: String, _ project: TestProject, policy: String = "easy",
        rule: String? = nil, expires: String? = nil, reason: String = "because"
    ) throws -> SignStatement.Outcome {
        let draft = try SignStatement.draft(
            kind, "m/1", policy: policy, signer: name, reason: reason, rule: rule, expires: expires,
            session: project.session)
        return try SignStatement.sign(draft, key: name, session: project.session)
    }

    @Test("two approvals open a gate that asks for two; a rejection closes it")
    func approvals() throws {
        let project = try TestProject()
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: approvals, count: 2, roles: [risk]}\n",
            to: "Registry/gates/live.yaml")
        for name in ["bob", "carl"] { try project.trust(name) }
        #expect(try !project.gate(policy: "live").report.isPassed)
        let signed = try Self.sign(.approval, as: "bob", project, policy: "live")
        #expect(signed.statement.kind == .approval && signed.statement.signer == "bob")
        #expect(try !project.gate(policy: "live").report.isPassed)
        _ = try Self.sign(.approval, as: "carl", project, policy: "live")
        #expect(try project.gate(policy: "live").report.isPassed)
        _ = try Self.sign(.rejection, as: "carl", project, policy: "live")
        #expect(try !project.gate(policy: "live").report.isPassed)
        #expect(try project.actions("statement").count == 3)
        let nodes = try project.session.registry().lineage(of: "version:m/1", downstream: true).nodes
        let approval = nodes.first { $0.kind == .approval }
        #expect(
            approval?.attributes == [.statement: "approval", .signer: "bob"] && approval?.label == "approval by bob")
    }

    @Test("a waiver lets one rule fail until its day; it needs a rule, a reason and an end ahead")
    func waivers() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        try project.trust("rita")
        func day(_ days: Double) -> String {
            TimeText.utc(time.clock.now() + Int64(days * 86_400e9))
        }
        func code(_ rule: String?, _ expires: String?, _ reason: String = "paper only") -> String? {
            project.code {
                _ = try Self.sign(
                    .waiver, as: "rita", project, policy: "hard", rule: rule, expires: expires, reason: reason)
            }
        }
        #expect(code("metrc", day(1)) == "waive.rule" && code(nil, day(1)) == "waive.rule")
        #expect(code("metric", day(1), "") == "waive.reason")
        #expect(code("metric", day(-1)) == "waive.expires" && code("metric", "soon") == "waive.expires")
        #expect(code("metric", nil) == "waive.expires")
        #expect(code("metric", day(2)) == nil)
        let waived = try project.gate(policy: "hard")
        #expect(waived.report.isPassed && waived.report.items[1].status == .waived)
        time.advance(hours: 49)
        #expect(try !project.gate(policy: "hard").report.isPassed)
    }

    @Test("a statement is signed by its signer's own key, and only by one that counts")
    func signers() throws {
        let project = try TestProject()
        for name in ["bob", "carl"] { try project.trust(name) }
        _ = try ManageKeys.generate("eve", session: project.session)
        let draft = try SignStatement.draft(
            .approval, "m/1", policy: "easy", signer: "bob", reason: "", session: project.session)
        #expect(draft.latestDecision == nil && draft.payload.contains("\"m/1\""))
        #expect(
            project.code { _ = try SignStatement.sign(draft, key: "carl", session: project.session) }
                == "statement.signer")
        #expect(project.code { _ = try Self.sign(.approval, as: "eve", project) } == "statement.untrusted")
        try ManageKeys.revoke("bob", reason: "left", session: project.session)
        #expect(
            project.code { _ = try SignStatement.sign(draft, key: "bob", session: project.session) } == "statement.key")
        #expect(try project.session.registry().statements(of: draft.version).isEmpty)
    }
}
