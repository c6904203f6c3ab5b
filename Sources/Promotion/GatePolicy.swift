package import Basics
package import Deployment
import ModelBundles
import Registry

/// The rules that a version must pass, as data. A policy's digest is part of every verdict.
///
///     schemaVersion: 1
///     rules:
///       - quality-passed
///       - {rule: deflated-sharpe, minimum: 0.95}
///       - {rule: metric, metric: ic, minimum: 0.02}
///       - {rule: metric, metric: hit_rate, minimum: 0.5, id: hits}
///       - {rule: approvals, count: 2, roles: [validator, risk]}
///     waivers: {roles: [risk-officer], longestDays: 30}
///     validDays: 7
///     canaryHours: 24
///     health: {withinSeconds: 60, minimumBars: 500, maximumDeniedShare: 0.5, maximumLoss: 1000}
///
/// No rule can be switched off. Where `waivers` names roles, a person with one of them may sign that a rule need not
/// hold, with a reason and an end.
package struct GatePolicy: Sendable {
    /// As the file is called, without `.yaml`.
    package let name: String
    /// The policy in canonical JSON: comments and formatting do not count.
    package let text: String
    /// SHA-256 of ``text``.
    package let digest: String
    /// In the order of the file; one kind may stand there several times, with other options.
    package let rules: [RuleInstance]
    /// How old a verdict may be when a promotion rests on it.
    package let validDays: Double
    /// Hours for which the same weights must have traded a share of the instruments before all of them; nil asks for
    /// none.
    package let canaryHours: Double?
    /// What the runtime must report after a promotion; nil asks for nothing.
    package let health: HealthRule?
    /// Roles of which one may sign waivers; empty where nobody may.
    package let waiverRoles: [String]
    /// Days for which a waiver may run.
    package let longestWaiverDays: Double

    /// What the file of a policy may say.
    package static let keys = ["schemaVersion", "rules", "waivers", "validDays", "canaryHours", "health"]

    /// - Throws: ``ConfigError`` with the nearest valid name. An empty policy is an error: it would let everything
    ///   pass.
    package init(_ node: JSONValue, name: String) throws {
        let reader = try ConfigReader(node, keys: GatePolicy.keys)
        try reader.checkSchemaVersion(1)
        let items = try reader.list("rules")
        guard !items.isEmpty else {
            throw ConfigError("found no rules in the policy; it would let everything pass", at: node.mark)
        }
        rules = try RuleInstance.read(items)
        self.name = name
        text = node.text(.canonical)
        digest = Digest.sha256(text)
        validDays = try reader.double("validDays", default: 7, in: 0.001...3650)
        canaryHours = try reader.optionalDouble("canaryHours", in: 0...100_000)
        health = try reader.value("health").map { try HealthRule($0) }
        let waivers = try reader.value("waivers").map {
            try ConfigReader($0, path: "waivers", keys: ["roles", "longestDays"])
        }
        waiverRoles = try waivers?.strings("roles") ?? []
        longestWaiverDays = try waivers?.double("longestDays", default: 30, in: 0.001...3650) ?? 0
    }

    /// Whether a rule asks that the real program runs the bundle: evidence that is made only where it is asked for.
    package var asksForRehearsal: Bool { rules.contains { $0.rule is Rehearsal } }

    /// Applies every rule; none is skipped because another failed.
    package func evaluate(_ evidence: GateEvidence) -> CheckReport {
        var evidence = evidence
        evidence.policyDigest = digest
        var items = rules.map { item($0, $0.rule.evaluate(evidence), evidence) }
        // A measure on what an ancestor saw is no evidence, whatever a policy asks for.
        if evidence.span != nil, !rules.contains(where: { $0.rule is UnseenSpan }) {
            let added = GatePolicy.unseenSpan
            items.append(item(added, added.rule.evaluate(evidence), evidence))
        }
        return CheckReport(title: "gate \(name)", subject: evidence.subject, items: items)
    }

    /// In force whether a policy names it or not. No other rule can have its id.
    private static let unseenSpan = RuleInstance(
        id: UnseenSpan.name, rule: UnseenSpan(), options: .string(UnseenSpan.name))

    /// What a waiver can name: the ids of the rules, also of the one that holds in every policy.
    package var ruleIDs: [String] {
        rules.map(\.id) + (rules.contains { $0.rule is UnseenSpan } ? [] : [UnseenSpan.name])
    }

    /// A verdict as a line of the report: passed, failed, or waived by the first waiver that counts.
    private func item(_ rule: RuleInstance, _ verdict: GateVerdict, _ evidence: GateEvidence) -> CheckReport.Item {
        let values = JSONValue.map([
            "rule": .string(rule.kind), "outcome": .string(verdict.outcome.rawValue), "options": rule.options,
            "measured": verdict.values,
        ])
        if verdict.holds {
            return CheckReport.Item(name: rule.id, status: .passed, reason: verdict.reason, values: values)
        }
        guard !isRejected(rule, evidence) else {
            return CheckReport.Item(
                name: rule.id, status: .failed, reason: verdict.reason,
                evidence: ["a rejection is taken back by whoever signed it, and waived by nobody"], values: values)
        }
        var objections: [String] = []
        for waiver in evidence.statements where waiver.statement.kind == .waiver {
            let statement = waiver.statement
            guard statement.rule == rule.id else {
                // What was signed when waivers named kinds is said, and counts for none of them.
                if statement.rule == rule.kind, statement.policyDigest == digest, !ruleIDs.contains(rule.kind) {
                    objections.append(
                        "the waiver of '\(statement.signer)' does not count: it names '\(rule.kind)', and this rule is "
                            + "'\(rule.id)'")
                }
                continue
            }
            guard let objection = objection(to: waiver, evidence) else {
                let until = statement.expiresAt.map(TimeText.seconds) ?? "?"
                return CheckReport.Item(
                    name: rule.id, status: .waived,
                    reason: "\(verdict.reason); waived by \(statement.signer) until \(until): \(statement.reason)",
                    values: values)
            }
            objections.append("the waiver of '\(statement.signer)' does not count: \(objection)")
        }
        return CheckReport.Item(
            name: rule.id, status: .failed, reason: verdict.reason, evidence: objections, values: values)
    }

    /// Whether a rule fails because somebody said no, which is more than that somebody is missing.
    func isRejected(_ rule: RuleInstance, _ evidence: GateEvidence) -> Bool {
        (rule.rule as? Approvals).map { !$0.rejections(evidence).isEmpty } ?? false
    }

    /// Why a waiver does not count; nil where it does.
    func objection(to waiver: Statement.Verified, _ evidence: GateEvidence) -> String? {
        let statement = waiver.statement
        if waiverRoles.isEmpty { return "this policy allows no waivers" }
        if statement.weights != evidence.weights { return "it is about other weights" }
        if statement.policyDigest != digest { return "it is about another policy, or an earlier text of this one" }
        if Set(waiver.key.roles).isDisjoint(with: waiverRoles) {
            return "it takes one of the roles \(waiverRoles.joined(separator: ", "))"
        }
        guard let end = statement.expiresAt else { return "it has no end" }
        if evidence.now >= end { return "it ended at \(TimeText.seconds(end))" }
        let days = Double(end.saturatingMinus(statement.signedAt)) / 86_400e9
        if days > longestWaiverDays {
            return "it runs for \(rounded(days, 1)) days, allowed \(rounded(longestWaiverDays, 1))"
        }
        if waiver.isBy(evidence.authors) { return "'\(statement.signer)' made the model" }
        if statement.reason.isEmpty { return "it gives no reason" }
        return evidence.takenBack?.objection(to: statement)
    }
}
