import Basics
import ConfigurationFiles
import Deployment
import ModelBundles
package import Promotion
package import Registry

/// A person's approval, rejection or waiver in; a signed statement over exact digests out.
package enum SignStatement {
    package enum Kind: String, Sendable, CaseIterable {
        case approval, rejection, waiver

        var recorded: StatementRecord.Kind {
            switch self {
            case .approval: .approval
            case .rejection: .rejection
            case .waiver: .waiver
            }
        }
    }

    /// What is about to be signed. Showing it is the caller's duty; signing is a second step.
    package struct Draft: Sendable {
        package var version: VersionRecord
        package var statement: Statement
        /// The policy that it is about.
        package var policy: GatePolicy
        /// The environment whose people count; nil for every one that asks for this policy.
        package var environment: String?
        /// The verdict that the person is shown. Who approves for an environment is shown one that a gate signed for
        /// it, by its document in force; others the newest of the environment, else of the policy, else of any.
        package var latestDecision: GateDecisionRecord?
        /// Why the newest verdict that there is does not count in the environment; nil where it does.
        package var verdictObjection: String?
        /// What runs in the environment: name and SHA-256; nil where nothing does, or no environment was named.
        package var running: (reference: String, weights: String?)?
        /// The very text that is signed.
        package var payload: String { statement.payload }
    }

    /// - Parameters:
    ///   - name: a policy; nil for that of the environment.
    ///   - environment: whose people count alone; nil for every one that asks for this policy.
    /// - Throws: ``Failure`` with code `gate.no-policy`, `gate.policy-changed` where the environment asks for another
    ///   text, `waive.…`.
    package static func draft(
        _ kind: Kind, _ reference: String, policy name: String?, for environment: String? = nil, signer: String,
        reason: String, rule: String? = nil, expires: String? = nil, session: Session
    ) throws -> Draft {
        let registry = try session.registry()
        let version = try RegisterModel.version(reference, session: session)
        let (policy, gate) = try rules(name, environment, session: session)
        var end: Nanoseconds?
        if kind == .waiver {
            let names = policy.ruleIDs
            guard let rule, names.contains(rule) else {
                throw Failure(
                    "waive.rule",
                    "found no rule '\(rule ?? "")' in the policy '\(policy.name)', expected one of "
                        + "\(names.joined(separator: ", "))",
                    hint: rule.flatMap { NearestName.of($0, in: names) }.map { "did you mean '\($0)'?" },
                    exitStatus: .usage)
            }
            guard !reason.isEmpty else {
                throw Failure(
                    "waive.reason", "found no reason for the waiver", hint: "give one: --reason \"…\"",
                    exitStatus: .usage)
            }
            guard let time = expires.flatMap({ self.end($0, from: registry.now()) }), time > registry.now() else {
                throw Failure(
                    "waive.expires",
                    "found '\(expires ?? "")' as the end of the waiver, expected a day or time ahead, "
                        + "or a number of days such as 14d",
                    hint: "for example: --expires 14d", exitStatus: .usage)
            }
            end = time
        }
        var statement = Statement(
            kind: kind.recorded, subject: version.reference, weights: version.weights, policy: policy.name,
            policyDigest: policy.digest,
            lineage: try registry.lineage(of: RegisterModel.node(version).id).digest, signer: signer, reason: reason,
            signedAt: registry.now(), rule: rule, expiresAt: end)
        let (latest, objection) = try shown(version, kind, policy, gate, registry: registry)
        statement.environment = gate?.authority.name
        statement.strategy = latest.flatMap { GateDecision.Basis($0) }?.strategy
        return Draft(
            version: version, statement: statement, policy: policy, environment: gate?.authority.name,
            latestDecision: latest, verdictObjection: objection,
            running: gate?.incumbent.map { ($0.reference, $0.weights) })
    }

    /// A day, a time, or a number of days from now: `14d`.
    private static func end(_ text: String, from now: Nanoseconds) -> Nanoseconds? {
        guard text.hasSuffix("d"), let days = Int(text.dropLast()), (1...3650).contains(days) else {
            return TimeText.parseUTC(text)
        }
        let end = now.saturatingPlus(Nanoseconds(days) * 86_400_000_000_000)
        return end - end % 1_000_000_000
    }

    /// The verdict to show, and why the newest one does not count.
    private static func shown(
        _ version: VersionRecord, _ kind: Kind, _ policy: GatePolicy, _ gate: EnvironmentGate?,
        registry: RegistryDatabase
    ) throws -> (GateDecisionRecord?, String?) {
        let all = try registry.decisions(for: version), own = all.filter { $0.policyDigest == policy.digest }
        guard let gate else { return (own.first ?? all.first, nil) }
        let now = registry.now()
        if let there = own.first(where: { gate.objection(to: $0, at: now) == nil }) { return (there, nil) }
        let newest = own.first ?? all.first
        let objection = newest.map { gate.objection(to: $0, at: now) ?? "it is under '\($0.policy)'" }
        // Rules and limits of elsewhere are no ground for a yes.
        return (kind == .approval ? nil : newest, objection)
    }

    /// The policy, and the environment by the name of its document.
    private static func rules(_ name: String?, _ environment: String?, session: Session) throws -> (
        GatePolicy, EnvironmentGate?
    ) {
        guard let environment else {
            guard let name else {
                throw Failure(
                    "gate.no-policy", "found neither an environment nor a policy that the statement is about",
                    hint: "name one: --for ENVIRONMENT, or --policy POLICY", exitStatus: .usage)
            }
            return (try GateModel.policy(name, session: session), nil)
        }
        let place = try EnvironmentGate(environment, session: session), asked = try place.policy(session: session)
        if let name, case let policy = try GateModel.policy(name, session: session), policy.digest != asked.digest {
            throw Failure(
                "gate.policy-changed",
                "found the policy '\(policy.name)' of another text than '\(place.authority.name)' asks for, which is "
                    + "'\(place.policyName)' as of document \(place.authority.counter)",
                hint: "leave --policy out", exitStatus: .usage)
        }
        return (asked, place)
    }

    package struct Outcome: Sendable {
        package let version: VersionRecord
        package let statement: StatementRecord
    }

    /// - Parameter name: the signer's private key: its name in this project, or a file.
    /// - Throws: ``Failure`` when the key is not the signer's, or would not count.
    package static func sign(_ draft: Draft, key name: String, session: Session) throws -> Outcome {
        let registry = try session.registry()
        let key = try PrivateKeys.signer(name, session: session)
        guard key.name == draft.statement.signer else {
            throw Failure(
                "statement.signer", "found the key of '\(key.name)', expected one of '\(draft.statement.signer)'",
                hint: "sign with your own key", exitStatus: .usage)
        }
        let record = try draft.statement.signed(with: key, model: draft.version.model, version: draft.version.version)
        // What would not count later is refused now, while the person is there.
        if let failure = try SigningPlaces(session).failure(of: record, draft: draft) { throw failure }
        try keep(record, draft.statement, of: draft.version, registry: registry)
        try SignHead.run(signer: key, session: session)
        if record.kind == .rejection { RejectedInForce.tell(draft.version.weights, session: session) }
        return Outcome(version: draft.version, statement: record)
    }

    /// Puts a statement on record; the same again changes nothing.
    static func keep(
        _ record: StatementRecord, _ statement: Statement, of version: VersionRecord, registry: RegistryDatabase
    ) throws {
        try registry.record(
            record,
            detail: .map([
                "policy": .string(statement.policy), "policyDigest": .string(statement.policyDigest),
                "weights": .string(statement.weights),
                "rule": .string(statement.rule), "reason": .string(statement.reason),
                "expiresAt": .string(statement.expiresAt.map(TimeText.utc)),
            ]))
        try registry.link([RegisterModel.node(version)], to: .statement(record))
    }
}
