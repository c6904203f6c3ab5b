package import Basics
import Deployment
import ModelBundles
import Promotion
import Registry
import Trading

/// Who signed a verdict for which environment, or why nobody did.
package enum GateSignature: Sendable, Equatable {
    case signed(by: String, keyID: String, environment: String)
    /// Signed when it was recorded, by a key that was taken back after that: nothing can be promoted on it any more.
    case signedOnce(by: String, keyID: String, environment: String, revokedAt: Nanoseconds)
    /// Nothing can be promoted on it.
    case unsigned(String)

    /// Whether a gate key of an environment signed, at its time.
    package var isSigned: Bool {
        if case .unsigned = self { return false }
        return true
    }

    /// For people, of a verdict on record.
    package var short: String {
        switch self {
        case .signed(let name, _, let environment): "signed by \(name) for \(environment)"
        case .signedOnce(let name, _, let environment, let time):
            "signed by \(name) for \(environment), revoked since at \(TimeText.seconds(time))"
        case .unsigned(let reason): "unsigned: \(reason)"
        }
    }

    /// For people.
    package var text: String {
        switch self {
        case .signed(let name, let id, let environment): "signed by \(name) (\(id)) for \(environment)"
        case .signedOnce(let name, let id, let environment, let time):
            "signed by \(name) (\(id)) for \(environment), whose key was revoked since at \(TimeText.seconds(time)): "
                + "nothing can be promoted on it any more"
        case .unsigned(let reason): "unsigned: nothing can be promoted on it; \(reason)"
        }
    }

    /// For machines.
    package var json: JSONValue {
        switch self {
        case .signed(let name, let id, let environment):
            .map([
                "signer": .string(name), "keyID": .string(id), "environment": .string(environment), "unsigned": .null,
            ])
        case .signedOnce(let name, let id, let environment, let time):
            .map([
                "signer": .string(name), "keyID": .string(id), "environment": .string(environment), "unsigned": .null,
                "revokedAt": .string(TimeText.utc(time)),
            ])
        case .unsigned(let reason):
            .map(["signer": .null, "keyID": .null, "environment": .null, "unsigned": .string(reason)])
        }
    }

    /// What is known before anything is measured: whether the verdict can be signed, and by whom.
    struct Plan {
        let key: (any Signer)?
        private let place: EnvironmentGate?
        private let objection: String?

        /// - Throws: ``FileError``, ``Failure`` for a key that cannot be read.
        init(_ name: String?, _ place: EnvironmentGate?, policy: GatePolicy, against: String?, session: Session) throws
        {
            self.place = place
            key = try name.map { try PrivateKeys.signer($0, session: session) }
            objection = Plan.objection(key, place, policy, against: against, session: session)
        }

        private static func objection(
            _ key: (any Signer)?, _ place: EnvironmentGate?, _ policy: GatePolicy, against: String?, session: Session
        ) -> String? {
            guard let place else { return "it is for no environment (--for NAME)" }
            let document = place.authority
            if policy.digest != document.policy.digest {
                return "a rehearsal under '\(policy.name)': worth nothing in '\(document.name)', which asks for "
                    + "'\(document.policy.name)' as of document \(document.counter)"
            }
            if let against, against != place.incumbent?.reference {
                return "a rehearsal against \(against): in '\(document.name)' runs "
                    + "\(place.incumbent?.reference ?? "nothing")"
            }
            guard let key else { return "no key was named (--key NAME)" }
            let time = session.clock.now(), id = key.publicKey.id
            if document.keys(for: EnvironmentAuthority.Role.gate, at: time).contains(where: { $0.id == id }) {
                return nil
            }
            return document.keys.first { $0.id == id }?.objection(at: time)
                ?? "the key of '\(key.name)' (\(id)) has no role 'gate' in '\(document.name)'"
        }

        /// Puts the signed verdict beside the decision.
        func sign(
            _ decision: inout GateDecisionRecord, _ evidence: GateEvidence, _ basis: GateDecision.Basis,
            strategy: String, registry: RegistryDatabase
        ) throws -> GateSignature {
            if let objection { return .unsigned(objection) }
            guard let key, let place else { return .unsigned("no key was named (--key NAME)") }
            let limits = try StrategyFile.limits(strategy).json.text(.canonical)
            var digests = [(name: "report", digest: Digest.sha256(decision.report))]
            digests += evidence.statements.filter {
                $0.statement.weights == decision.weights && !$0.isElsewhere
                    && ($0.statement.policyDigest == decision.policyDigest || $0.statement.kind == .rejection)
            }.map { ($0.statement.kind.rawValue, $0.digest) }
            let running = place.incumbent.flatMap { incumbent in
                incumbent.weights.map { (reference: incumbent.reference, weights: $0) }
            }
            let verdict = Verdict(
                subject: evidence.subject, weights: decision.weights, isPassed: decision.isPassed,
                environment: place.authority.name, authority: place.document.digest,
                policy: (decision.policy, decision.policyDigest), strategy: basis.strategy,
                limits: Digest.sha256(limits), features: basis.features, incumbent: running, evidence: digests,
                trials: Verdict.Trials(
                    runs: evidence.trialCount?.trainings ?? evidence.trials,
                    strategies: evidence.trialCount?.strategies ?? 0),
                log: place.position, time: decision.decidedAt)
            decision.envelope = try verdict.signed(by: key).text
            return .signed(by: key.name, keyID: key.publicKey.id, environment: place.authority.name)
        }
    }
}
