import Basics
import Foundation
import Promotion
import Registry
import Testing
import Trading
import Workflows

/// What people are shown of the record: verdicts as they were given, what waits for whom, what is in a report.
@Suite struct ReviewTests {
    private static let live = """
        schemaVersion: 1
        rules:
          - quality-passed
          - {rule: metric, metric: ic, minimum: -1}
          - {rule: approvals, count: 2, roles: [risk, validator]}
        waivers: {roles: [risk], longestDays: 30}

        """

    /// Three people, a policy that two of them can satisfy, and a verdict that lacks them.
    private static func project(clock: Clock = .system) throws -> TestProject {
        let project = try TestProject(clock: clock)
        try project.write(live, to: "Registry/gates/live.yaml")
        try project.trust("bob", roles: ["risk"])
        try project.trust("carl", roles: ["validator"])
        try project.trust("dora", roles: ["operations"])
        #expect(try !project.gate(policy: "live").report.isPassed)
        return project
    }

    private static func draft(
        _ kind: SignStatement.Kind, as name: String, _ project: TestProject, reason: String = "looked at it",
        rule: String? = nil, expires: String? = nil
    ) throws -> SignStatement.Draft {
        try SignStatement.draft(
            kind, "m/1", policy: "live", signer: name, reason: reason, rule: rule, expires: expires,
            session: project.session)
    }

    private static func sign(
        _ kind: SignStatement.Kind, as name: String, _ project: TestProject, rule: String? = nil,
        expires: String? = nil
    ) throws {
        let draft = try draft(kind, as: name, project, rule: rule, expires: expires)
        try ReviewVersion.requireCounted(draft, key: name, session: project.session)
        _ = try SignStatement.sign(draft, key: name, session: project.session)
    }

    // MARK: Verdicts on record

    @Test("a verdict under another policy does not hide what the first one waits for")
    func severalPolicies() throws {
        let project = try Self.project()
        func waits() throws -> [String] {
            try Inbox.run(as: "bob", session: project.session).items.filter { $0.kind == .approval }.map(\.subject)
        }
        #expect(try waits() == ["m/1"])
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: metric, metric: ic, minimum: -1}\n", to: "Registry/gates/easy.yaml")
        #expect(try project.gate(policy: "easy").report.isPassed)
        #expect(try waits() == ["m/1"])
    }

    @Test("a verdict is shown as it was given, without features, strategy and policy, and the older one by its digest")
    func verdicts() throws {
        let project = try TestProject()
        let first = try project.gate(policy: "hard"), second = try project.gate()
        for file in [project.features, project.strategy, project.file("Registry/gates/easy.yaml")] {
            try Paths.remove(file)
        }
        let newest = try ShowDecision.run("m/1", session: project.session)
        #expect(newest.decision == second.decision && newest.report == second.report)
        #expect(newest.basis?.features.hasPrefix("sha256:") == true)
        let older = try ShowDecision.run(
            "m/1", decision: String(first.decision.digest.prefix(12)), session: project.session)
        #expect(older.report == first.report && !older.report.isPassed)
        #expect(
            project.code {
                _ = try ShowDecision.run("m/2", decision: first.decision.digest, session: project.session)
            } == "gates.no-decision")
        #expect(project.code { _ = try ShowDecision.run("m/2", session: project.session) } == "gates.none")
        #expect(
            project.code { _ = try ShowDecision.run("m/1", decision: "zzzz", session: project.session) }
                == "gates.no-decision")
        let list = try ListDecisions.run(session: project.session)
        #expect(list.map(\.decision.policy) == ["easy", "hard"] && list.map(\.failed) == [[], ["metric"]])
        #expect(try ListDecisions.run("m/2", session: project.session).isEmpty)
        #expect(try ListDecisions.run("m", session: project.session).count == 2)
        #expect(project.code { _ = try ListDecisions.run("n", session: project.session) } == "registry.no-model")
    }

    // MARK: Inbox

    @Test("each of two people finds the version until they have approved it; who cannot help finds nothing")
    func inbox() throws {
        let project = try Self.project()
        try project.trust("ann", roles: ["risk"])
        func waiting(_ name: String) throws -> [String] {
            try Inbox.run(as: name, session: project.session).items.map { "\($0.kind.rawValue) \($0.subject)" }
        }
        #expect(try waiting("bob") == ["approval m/1"] && waiting("carl") == ["approval m/1"])
        #expect(try waiting("dora").isEmpty, "no rule asks for her role")
        #expect(try waiting("ann").isEmpty, "who made the model cannot approve it")
        let item = try #require(try Inbox.run(as: "bob", session: project.session).items.first)
        #expect(item.what.hasPrefix("2 of 2 approvals missing under 'live'"), "\(item.what)")
        #expect(item.next == "hftml approve m/1 --policy Registry/gates/live.yaml --as bob")
        try Self.sign(.approval, as: "bob", project)
        #expect(try waiting("bob").isEmpty && waiting("carl") == ["approval m/1"])
        try Self.sign(.approval, as: "carl", project)
        #expect(try waiting("carl").isEmpty)
        let outcome = try Inbox.run(as: "bob", session: project.session)
        #expect(outcome.roles == ["risk"] && outcome.problems.isEmpty)
        #expect(project.code { _ = try Inbox.run(as: "nobody", session: project.session) } == "inbox.nobody")
    }

    @Test("waivers and keys that end within two weeks are there, those that end later are not")
    func ends() throws {
        let time = TestClock(), project = try Self.project(clock: time.clock)
        func day(_ days: Double) -> String { TimeText.utc(time.clock.now() + Int64(days * 86_400e9)) }
        try Self.sign(.waiver, as: "bob", project, rule: "metric", expires: day(20))
        _ = try ManageKeys.generate("eva", session: project.session)
        _ = try ManageKeys.trust("eva", roles: ["operations"], expires: day(20), session: project.session)
        try project.commitTrust()
        func kinds(_ name: String) throws -> [InboxItem.Kind] {
            try Inbox.run(as: name, session: project.session).items.map(\.kind)
        }
        #expect(try kinds("bob") == [.approval] && kinds("eva") == [])
        time.advance(hours: 24 * 10)
        #expect(try kinds("bob") == [.approval, .waiver] && kinds("eva") == [.key])
        #expect(try kinds("dora") == [], "neither her waiver nor one that her role may renew")
        let ending = try #require(try Inbox.run(as: "bob", session: project.session).items.last)
        #expect(ending.what.contains("the waiver of 'metric' by bob ends at") && ending.due != nil)
        time.advance(hours: 24 * 11)
        #expect(try Inbox.run(as: "bob", session: project.session).items.last?.what.contains(" ended at ") == true)
    }

    // MARK: Before a signature

    @Test("what would not count is refused before anybody is asked, and nothing is signed")
    func refusedEarly() throws {
        let project = try Self.project()
        for name in ["ann", "eve"] { _ = try ManageKeys.generate(name, session: project.session) }
        _ = try ManageKeys.trust("ann", roles: ["risk"], session: project.session)
        try project.commitTrust()
        func refused(_ name: String, key: String? = nil) throws -> Failure? {
            let draft = try Self.draft(.approval, as: name, project)
            do {
                try ReviewVersion.requireCounted(draft, key: key ?? name, session: project.session)
                return nil
            } catch let failure as Failure { return failure }
        }
        let role = try refused("dora"), author = try refused("ann")
        #expect(role?.code == "statement.no-use" && role?.exitStatus == .refused)
        #expect(role?.message.contains("it takes one of the roles risk, validator") == true, "\(role?.message ?? "")")
        #expect(author?.code == "statement.no-use")
        #expect(author?.message.contains("'ann' made the model") == true, "\(author?.message ?? "")")
        #expect(try refused("eve")?.code == "statement.untrusted")
        #expect(try refused("bob", key: "carl")?.code == "statement.signer")
        #expect(try refused("bob") == nil)
        try ManageKeys.revoke("bob", reason: "left", session: project.session)
        #expect(try refused("bob")?.code == "statement.key")
        func waiver(_ name: String, days: Double) throws -> String? {
            let end = TimeText.utc(Clock.system.now() + Int64(days * 86_400e9))
            let draft = try Self.draft(.waiver, as: name, project, rule: "metric", expires: end)
            return project.code {
                try ReviewVersion.requireCounted(draft, key: name, session: project.session)
            }
        }
        #expect(try waiver("carl", days: 5) == "statement.no-use", "a validator signs no waivers")
        #expect(try waiver("ann", days: 5) == "statement.no-use", "she made the model")
        try project.trust("rita", roles: ["risk"])
        #expect(try waiver("rita", days: 40) == "statement.no-use", "longer than the policy allows")
        #expect(try waiver("rita", days: 5) == nil)
        // What the policy allows, and a number of days in place of a date, are said where somebody needs them.
        let fortyDays = try Self.draft(.waiver, as: "rita", project, rule: "metric", expires: "40d")
        let long = #expect(throws: Failure.self) {
            try ReviewVersion.requireCounted(fortyDays, key: "rita", session: project.session)
        }
        #expect(long?.hint?.contains("runs for at most 30.0 days: --expires 30d") == true, "\(long?.hint ?? "")")
        let month = try Self.draft(.waiver, as: "rita", project, rule: "metric", expires: "30d")
        #expect(project.code { try ReviewVersion.requireCounted(month, key: "rita", session: project.session) } == nil)
        #expect(try project.actions("statement") == [])
    }

    @Test("the page before a signature has the verdict, the difference to what is in force, limits and who is missing")
    func review() throws {
        let project = try Self.project()
        let registry = try project.session.registry()
        try registry.setAlias("champion", of: try registry.version("m/2"), reason: "")
        try project.gate(policy: "live")
        try Self.sign(.approval, as: "carl", project)
        let draft = try Self.draft(.approval, as: "bob", project)
        let review = try ReviewVersion.run(draft, session: project.session)
        #expect(review.verdict?.report.items.map(\.name).contains("approvals") == true && review.verdictNote == nil)
        let difference = try #require(review.difference)
        #expect(difference.incumbent == "m/2" && difference.problem == nil)
        #expect(difference.samples > 0 && difference.measures.contains { $0.name == "ic" })
        #expect(difference.addedFeatures.isEmpty && difference.removedFeatures.isEmpty)
        let limits = try #require(review.limits)
        #expect(limits.values.maximumNotional == 1_000_000_000 && limits.priceDecimals == 4 && limits.costBps == 1)
        #expect(review.digests.map(\.name) == ["gate verdict", "strategy that was judged", "features"])
        #expect(review.signed.first { $0.name == "weights" }?.value == draft.version.weights)
        #expect(review.signatures.map(\.signer) == ["carl"] && review.signatures.first?.objection == nil)
        #expect(review.approvals.map(\.state.approvers) == [["carl"]] && review.approvals.map(\.state.holds) == [false])
        try project.write(Self.live.replacing("minimum: -1", with: "minimum: -2"), to: "Registry/gates/live.yaml")
        let changed = try ReviewVersion.run(try Self.draft(.approval, as: "bob", project), session: project.session)
        #expect(changed.verdictNote == "the policy was changed since this verdict")
        #expect(changed.signatures.first?.objection == "it is about an earlier text of the policy 'live'")
    }

    // MARK: SQL

    @Test("the views have policy, rule, verdict, reason, signer and end, of every verdict and statement")
    func views() throws {
        let project = try Self.project()
        let end = TimeText.utc(Clock.system.now() + 5 * 86_400_000_000_000)
        try Self.sign(.waiver, as: "bob", project, rule: "metric", expires: end)
        try Self.sign(.approval, as: "carl", project)
        func rows(_ sql: String) throws -> [[JSONValue]] { try QueryRegistry.run(sql, session: project.session).rows }
        let rules = try rows("SELECT policy, rule, verdict, reason FROM gate_rules WHERE model = 'm' AND version = 1")
        #expect(rules.map { $0[1].stringValue } == ["quality-passed", "metric", "approvals", "unseen-span"])
        #expect(rules.map { $0[2].stringValue } == ["passed", "passed", "failed", "passed"])
        #expect(rules.allSatisfy { $0[0].stringValue == "live" && $0[3].stringValue?.isEmpty == false })
        let needed = try rows("SELECT json_extract(needed, '$.minimum') FROM gate_rules WHERE rule = 'metric'")
        #expect(needed.first?.first?.doubleValue == -1)
        let approvals = try rows("SELECT kind, signer, policy, rule, reason, expires FROM approvals ORDER BY kind")
        #expect(approvals.map { $0[0].stringValue } == ["approval", "waiver"])
        #expect(approvals.map { $0[1].stringValue } == ["carl", "bob"])
        #expect(approvals.allSatisfy { $0[2].stringValue == "live" && $0[4].stringValue == "looked at it" })
        #expect(approvals[0][5].isNull && approvals[1][5].stringValue == end && approvals[1][3].stringValue == "metric")
        let waivers = try rows("SELECT rule, signer, expires, expired FROM waivers")
        #expect(waivers.count == 1 && waivers[0][2].stringValue == end && waivers[0][3].intValue == 0)
        for view in try QueryRegistry.views(session: project.session) {
            _ = try QueryRegistry.run(view.example, session: project.session)
        }
    }

    @Test("halts and resumes of a host are in the log, the views and the state at a moment, with person and reason")
    func hostActs() throws {
        let time = TestClock(), project = try TestProject(clock: time.clock)
        var halted = DeploymentRecord(
            environment: "paper", bundle: "", model: nil, version: nil, outcome: "halted", reason: "feed is down",
            signer: nil, replaced: nil, time: time.clock.now())
        halted.person = "olga"
        let registry = try project.session.registry()
        #expect(try registry.record(halted) && !registry.record(halted))
        #expect(try registry.deployments(environment: "paper") == [halted])
        let entry = try #require(try ReadAudit.entries(session: project.session).last)
        #expect(entry.action == "deployment.halted" && entry.subject == "environment:paper")
        let detail = try JSONParser.parse(entry.detail)
        #expect(detail[key: "person"]?.stringValue == "olga" && detail[key: "reason"]?.stringValue == "feed is down")
        let state = try ReadAudit.snapshot(at: "2099-01-01", session: project.session)
        #expect(state.halted["paper"]?.person == "olga" && state.halted["paper"]?.reason == "feed is down")
        let rows = try QueryRegistry.run(
            "SELECT environment, outcome, person, reason FROM deployments", session: project.session
        ).rows
        #expect(rows.map { $0.compactMap(\.stringValue) } == [["paper", "halted", "olga", "feed is down"]])
        time.advance(seconds: 60)
        (halted.outcome, halted.time, halted.reason) = ("resumed", time.clock.now(), "feed is back")
        #expect(try registry.record(halted))
        let later = try ReadAudit.snapshot(at: "2099-01-01", session: project.session)
        #expect(later.halted.isEmpty && later.acts.map(\.what) == ["halted", "resumed"])
        #expect(try VerifyRecord.run(session: project.session) == [])
    }

    // MARK: Report

    @Test("a report of a version and of a span have verdicts, statements, limits and where the log stands")
    func report() throws {
        let project = try Self.project()
        try Self.sign(.approval, as: "carl", project)
        let report = try ReportVersion.run("m/1", session: project.session)
        let part = try #require(report.parts.first)
        #expect(report.scope == .version("m/1") && report.parts.count == 1 && report.entries.isEmpty)
        #expect(part.verdicts.map { $0.verdict?.decision.policy } == ["live"])
        #expect(part.signatures.map(\.signer) == ["carl"] && part.limits?.priceDecimals == 4)
        #expect(part.facts?.card["owner"] == "research desk" && !part.lineage.isEmpty)
        #expect(report.log?.sequence == (try ReadAudit.entries(session: project.session).count))
        let span = try ReportVersion.run(since: "2000-01-01", until: nil, session: project.session)
        #expect(span.parts.map(\.version.reference) == ["m/1", "m/2"])
        let actions = Set(span.entries.map(\.action))
        #expect(actions.isSuperset(of: ["version.register", "gate.refused", "statement.approval", "key.trust"]))
        #expect(!actions.contains { $0.hasPrefix("run.") || $0.hasPrefix("tag.") })
        let before = try ReportVersion.run(since: "2000-01-01", until: "2000-12-31", session: project.session)
        #expect(before.parts.isEmpty && before.entries.isEmpty && before.documents.isEmpty)
        for (since, until) in [("soon", nil), ("2026-01-02", "2026-01-01")] as [(String, String?)] {
            #expect(
                project.code { _ = try ReportVersion.run(since: since, until: until, session: project.session) }
                    == "usage.time")
        }
    }
}
