import Backtesting
package import Basics
package import ModelBundles
import Registry

/// How far a rule `approvals` of a policy is from holding, by what people have signed until now.
package struct ApprovalState: Sendable {
    /// How many people it takes.
    package let count: Int
    /// One of which each of them must have; empty for any.
    package let roles: [String]
    /// Whether enough have approved, and nobody rejects.
    package let holds: Bool
    /// What the rule says of it, in a sentence.
    package let reason: String
    /// Names of those whose approval counts now.
    package let approvers: [String]
    private let excludesAuthor: Bool

    init(_ rule: Approvals, _ evidence: GateEvidence) {
        let verdict = rule.evaluate(evidence)
        (count, roles, excludesAuthor) = (rule.count, rule.roles, rule.excludesAuthor)
        (holds, reason) = (verdict.holds, verdict.reason)
        let digests = (verdict.values[key: "approvals"]?.listValue ?? []).compactMap(\.stringValue)
        approvers = evidence.statements.filter { digests.contains($0.digest) }.map(\.statement.signer)
    }

    /// Why an approval by a key would not count for this rule; nil where it would.
    ///
    /// - Parameter authors: who made the model.
    package func objection(to key: PublicKey, authors: Set<String>) -> String? {
        if excludesAuthor,
            authors.contains(where: { PlainName.isSame($0, key.person) || PlainName.isSame($0, key.name) })
        {
            return "'\(key.name)' made the model, and cannot approve it"
        }
        if let objection = key.toolObjection { return objection }
        guard !roles.isEmpty, Set(key.peopleRoles).isDisjoint(with: roles) else { return nil }
        return "it takes one of the roles \(roles.joined(separator: ", ")), and the key of '\(key.name)' has "
            + (key.roles.isEmpty ? "none" : key.roles.joined(separator: ", "))
    }
}

extension GatePolicy {
    /// What people have signed about a version, for the rules that ask people.
    package struct Signatures: Sendable {
        /// SHA-256 of the weights.
        package var weights: String
        /// Statements whose signatures count now.
        package var statements: [Statement.Verified]
        /// Who made the model.
        package var authors: Set<String>
        /// Now.
        package var now: Nanoseconds
        /// The last rollback of these weights in the environment; nil for none.
        package var takenBack: TakenBack?

        /// Signatures as given.
        package init(weights: String, statements: [Statement.Verified], authors: Set<String>, now: Nanoseconds) {
            (self.weights, self.statements, self.authors, self.now) = (weights, statements, authors, now)
        }

        /// Evidence that holds nothing else; rules that measure are never asked with it.
        fileprivate func evidence(_ policyDigest: String) -> GateEvidence {
            var evidence = GateEvidence(
                subject: "",
                predictions: Predictions(kind: .probability, bars: [], targets: [], baselineScore: 0, horizon: 1),
                metrics: [:], baselineMetrics: [:], backtest: BarBacktest.Result(), market: BarBacktest.Result(),
                trials: 0, trialSharpes: [], lineageKinds: [], dirtyFiles: [])
            (evidence.weights, evidence.statements) = (weights, statements)
            (evidence.authors, evidence.now, evidence.policyDigest) = (authors, now, policyDigest)
            evidence.takenBack = takenBack
            return evidence
        }
    }

    /// Whether a rule of the policy asks for people.
    package var asksForApprovals: Bool { rules.contains { $0.rule is Approvals } }

    /// Every rule `approvals` of the policy, with what is signed for it.
    package func approvals(_ signatures: Signatures) -> [ApprovalState] {
        let evidence = signatures.evidence(digest)
        return rules.compactMap { $0.rule as? Approvals }.map { ApprovalState($0, evidence) }
    }

    /// Rejections that stand, whether or not a rule asks for approvals.
    package func rejections(_ signatures: Signatures) -> [Statement.Verified] {
        signatures.evidence(digest).rejections(under: digest)
    }

    /// Why a statement would not count once a key has signed it; nil where it would, or where nothing asks for it.
    package func objection(toSigning statement: Statement, with key: PublicKey, _ signatures: Signatures) -> String? {
        switch statement.kind {
        case .rejection: return nil
        case .approval:
            // By a clock that is behind the host's.
            if let objection = signatures.takenBack?.objection(to: statement) { return objection }
            let objections = approvals(signatures).map { $0.objection(to: key, authors: signatures.authors) }
            return objections.contains { $0 == nil } ? nil : objections.compactMap { $0 }.first
        case .waiver:
            let verified = Statement.Verified(statement: statement, key: key.asPerson, digest: "")
            return key.toolObjection ?? objection(to: verified, signatures.evidence(digest))
        }
    }
}
