import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// A log that is older than its anchors in; the word of a root key that what they tell of beyond it is lost, out.
///
/// The record is complete again once as many persons have said so as sign a document of every environment. Each head is
/// named by its digest: no other one is ever passed over.
package enum AcceptLoss {
    package struct Outcome: Sendable {
        /// What the heads say that do not fit.
        package let heads: [String]
        package let signer: String
        /// By environment: persons that have signed for all of them, and how many are needed.
        package let persons: [(environment: String, signed: [String], needed: Int)]

        /// Whether the log counts as whole.
        package var isComplete: Bool { persons.allSatisfy { $0.signed.count >= $0.needed } }
    }

    static let action = "audit.loss"

    /// - Parameter name: a root key of an environment; where none has a document, one with the role `log`.
    /// - Throws: ``Failure`` with code `anchor.no-loss` where every head fits, `audit.role`.
    package static func run(as name: String, reason: String, session: Session) throws -> Outcome {
        let registry = try session.registry(), now = session.clock.now()
        let keys = try LogKeys.read(session, registry: registry)
        let heads =
            try AnchorStore.outside(session)
            + registry.auditHeads().map {
                AuditHeads.Outside($0.envelope, "in the registry")
            }
        let misfits =
            AuditHeads.misfits(heads, to: try registry.auditHashList(), keys: keys.keys)
            + AuditHeads.unreadable(heads, keys: keys.keys)
        guard !misfits.isEmpty else {
            throw Failure(
                "anchor.no-loss", "found every head of the audit log fitting it, so nothing is lost",
                hint: "see how the record stands: hftml audit verify", exitStatus: .usage)
        }
        let signer = try PrivateKeys.signer(name, session: session), id = signer.publicKey.id
        // As for a document: what nobody signed ends no root key.
        let said = try SignedRevocations(session)
        let isRoot = keys.signed.values.contains { document in
            document.root.keys.contains {
                $0.id == id && $0.objection(at: now) == nil && said.revocation(of: $0, root: document.root) == nil
            }
        }
        guard isRoot || (!keys.hasDocuments && keys.may(signer, at: now)) else {
            throw Failure(
                "audit.role", "found the key of '\(signer.name)' (\(id)), which is no root key of an environment here",
                hint: "let a root key say what is lost: hftml environments show NAME names them", exitStatus: .refused)
        }
        let lost = Set(misfits.map(\.head))
        let statement = LossStatement(heads: Array(lost), reason: reason, at: now)
        try registry.audit(
            action: action, subject: .tool("audit"),
            detail: .map([
                "heads": .int(lost.count), "reason": .string(reason),
                "envelope": .string(try statement.signed(by: signer).text),
            ]))
        let losses = try AcceptedLosses(registry, keys, hasDocuments: keys.hasDocuments, session: session)
        return Outcome(
            heads: misfits.map(\.words), signer: signer.name,
            persons: keys.trails.compactMap { name, trail in
                guard let document = trail.last else { return nil }
                let all = lost.map { losses.persons(naming: $0, in: name) }
                let common = all.dropFirst().reduce(all.first ?? []) { $0.intersection($1) }
                return (environment: document.name, signed: common.sorted(), needed: document.root.threshold)
            }.sorted { $0.environment < $1.environment })
    }
}
