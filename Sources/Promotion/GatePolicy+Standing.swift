import Backtesting
package import Basics
import ModelBundles
import Registry

/// What may have changed since a verdict and costs nothing to look at again: who approved and rejected, which keys
/// count, waivers' ends, freeze windows of the policy.
package struct StandingEvidence: Sendable {
    /// `NAME/VERSION`.
    package var subject: String
    /// SHA-256 of the weights.
    package var weights: String
    /// Statements whose signatures count now.
    package var statements: [Statement.Verified]
    /// Why others do not count, a sentence each.
    package var rejectedStatements: [String]
    /// Who made the model.
    package var authors: Set<String>
    /// Now.
    package var now: Nanoseconds
    /// The last rollback of these weights in the environment; nil for none.
    package var takenBack: TakenBack?

    /// Evidence as given.
    package init(
        subject: String, weights: String, statements: [Statement.Verified], rejectedStatements: [String] = [],
        authors: Set<String>, now: Nanoseconds
    ) {
        (self.subject, self.weights, self.statements) = (subject, weights, statements)
        (self.rejectedStatements, self.authors, self.now) = (rejectedStatements, authors, now)
    }
}

extension GatePolicy {
    /// Why a verdict that passed does not hold any more; empty where all that people said still holds.
    ///
    /// - Parameter waived: ids of the rules that the verdict passed for a waiver.
    package func objections(standing: StandingEvidence, waived: [String]) -> [String] {
        let evidence = standing.evidence(policyDigest: digest)
        var found = rules.filter { $0.rule is Approvals || $0.rule is FreezeWindows }.compactMap {
            instance -> String? in
            let verdict = instance.rule.evaluate(evidence)
            if verdict.holds || isWaived(instance.id, evidence) && !isRejected(instance, evidence) { return nil }
            return "\(instance.id): \(verdict.reason)"
        }
        found += Set(waived).sorted().filter { !isWaived($0, evidence) }.map {
            "\($0): the waiver that the verdict rests on counts no more"
        }
        // A rejection stands whether or not the policy asks for approvals.
        if !rules.contains(where: { $0.rule is Approvals }) {
            found += standing.rejections(policyDigest: digest).map(\.refusal).sorted()
        }
        return found
    }

    /// The line of a report that says who rejected the weights, when and why; nil where no rejection stands. Whatever
    /// the policy asks for, it fails, and no waiver names it: a promotion would be refused for the same.
    ///
    /// - Parameter environment: where it is judged for, as it is typed; nil for a rehearsal.
    package func rejection(_ evidence: GateEvidence, in environment: String?) -> CheckReport.Item? {
        let standing = evidence.rejections(under: digest)
        guard !standing.isEmpty else { return nil }
        let place = environment.map { "--for \($0)" } ?? "--policy \(name)"
        return CheckReport.Item(
            name: environment == nil ? "rejection" : "environment-rejection", status: .failed,
            reason: standing.map(\.datedRefusal).joined(separator: "; "),
            evidence: standing.map {
                "only '\($0.statement.signer)' takes it back, and no waiver does: hftml approve \(evidence.subject) "
                    + "\(place) --as \($0.statement.signer)"
            }, values: .map(["rejections": .strings(standing.map(\.digest))]))
    }

    private func isWaived(_ rule: String, _ evidence: GateEvidence) -> Bool {
        evidence.statements.contains {
            $0.statement.kind == .waiver && $0.statement.rule == rule && objection(to: $0, evidence) == nil
        }
    }
}

extension StandingEvidence {
    func evidence(policyDigest: String) -> GateEvidence {
        var evidence = GateEvidence(
            subject: subject,
            predictions: Predictions(kind: .probability, bars: [], targets: [], baselineScore: 0, horizon: 1),
            metrics: [:], baselineMetrics: [:], backtest: BarBacktest.Result(), market: BarBacktest.Result(), trials: 0,
            trialSharpes: [], lineageKinds: [], dirtyFiles: [])
        (evidence.statements, evidence.rejectedStatements) = (statements, rejectedStatements)
        (evidence.weights, evidence.authors, evidence.now) = (weights, authors, now)
        (evidence.policyDigest, evidence.takenBack) = (policyDigest, takenBack)
        return evidence
    }

    /// Rejections of these weights that their signers have not taken back by approving later.
    ///
    /// - Parameter policyDigest: of the policy under which a later yes takes one back.
    package func rejections(policyDigest: String) -> [Statement.Verified] {
        evidence(policyDigest: policyDigest).rejections(under: policyDigest)
    }
}

extension GateEvidence {
    /// Rejections of these weights that their signers have not taken back by approving later: gate, promotion, inbox
    /// and rollback all ask here.
    func rejections(under policyDigest: String) -> [Statement.Verified] {
        LastWords.of(statements, weights: weights, policyDigest: policyDigest, takenBack: takenBack)
            .filter(\.isRejection)
    }
}
