import Basics
import ModelBundles
import Registry

/// What everybody said last about weights, so that a yes after a no counts, and a no after a yes.
///
/// A no is of the weights: it stands whatever policy it names, since a stricter text of the rules makes nothing better
/// that somebody found bad. Only who said it takes it back, by a later yes under the policy of that no or under the one
/// that is asked for now; a yes under another policy has no other effect.
enum LastWords {
    /// - Parameters:
    ///   - statements: whose signatures count, in any order; those about other weights say nothing.
    ///   - policyDigest: the policy that is asked for.
    ///   - takenBack: the last rollback of these weights; a yes from before it only takes back.
    ///   - isHeard: whether a person's yes has any effect; a no always has.
    /// - Returns: at most one approval or rejection a person, in the order in which they were signed.
    static func of(
        _ statements: [Statement.Verified], weights: String, policyDigest: String, takenBack: TakenBack? = nil,
        isHeard: (Statement.Verified) -> Bool = { _ in true }
    ) -> [Statement.Verified] {
        var words: [Statement.Verified] = []
        for said in inOrder(statements) where said.statement.kind != .waiver && said.statement.weights == weights {
            let policy = said.statement.policyDigest
            if said.statement.kind == .rejection {
                words.removeAll { $0.isBySame(as: said) }
                words.append(said)
            } else if isHeard(said) {
                let isAskedFor = policy == policyDigest
                let isYes = isAskedFor && !said.isElsewhere && takenBack?.objection(to: said.statement) == nil
                words.removeAll {
                    guard $0.isBySame(as: said) else { return false }
                    return $0.isRejection
                        ? isAskedFor || $0.statement.policyDigest == policy : isYes
                }
                if isYes { words.append(said) }
            }
        }
        return words
    }

    /// By the time that the signer says; of one moment by digest, so that the order is one everywhere.
    static func inOrder(_ statements: [Statement.Verified]) -> [Statement.Verified] {
        statements.sorted { ($0.statement.signedAt, $0.digest) < ($1.statement.signedAt, $1.digest) }
    }
}

extension Statement {
    /// Digests of the rejections among some statements of one version that nobody has taken back.
    package static func rejections(_ statements: [Verified]) -> [String] {
        guard let weights = statements.first?.statement.weights else { return [] }
        return LastWords.of(statements, weights: weights, policyDigest: "").filter(\.isRejection).map(\.digest)
    }
}

extension Statement.Verified {
    /// Whether it says no.
    var isRejection: Bool { statement.kind == .rejection }

    /// As rules and promotions say it.
    var refusal: String { "'\(statement.signer)' rejected it: \(statement.reason)" }

    /// The same, with its day.
    package var datedRefusal: String {
        let reason = statement.reason.isEmpty ? "" : ": \(statement.reason)"
        return "'\(statement.signer)' rejected it at \(TimeText.utc(statement.signedAt))\(reason)"
    }
}
