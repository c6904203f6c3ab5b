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
        let misfits = AuditHeads.misfits(heads, to: try registry.auditHashList(), keys: keys.keys)
        guard !misfits.isEmpty else {
            throw Failure(
                "anchor.no-loss", "found every head of the audit log fitting it, so nothing is lost",
                hint: "see how the record stands: hftml audit verify", exitStatus: .usage)
        }
        let signer = try PrivateKeys.signer(name, session: session), id = signer.publicKey.id
        let revoked = try ManageKeys.revocations(session)
        let isRoot = keys.signed.values.contains { document in
            document.root.keys.contains { $0.id == id && $0.objection(at: now) == nil && revoked[id] == nil }
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
        let said = try statements(registry, revoked)
        return Outcome(
            heads: misfits.map(\.words), signer: signer.name,
            persons: keys.signed.sorted { $0.key < $1.key }.map { name, document in
                let all = lost.map { persons(naming: $0, said, document, at: now) }
                let common = all.dropFirst().reduce(all.first ?? []) { $0.intersection($1) }
                return (environment: name, signed: common.sorted(), needed: document.root.threshold)
            })
    }

    /// Heads that enough root keys of every environment have given up.
    ///
    /// - Parameters:
    ///   - documents: those in force, by environment.
    ///   - revoked: keys that were revoked, by their ids: what one of them signed from then on, by the log's time, says
    ///     nothing.
    static func accepted(
        _ registry: RegistryDatabase, _ documents: [String: EnvironmentAuthority], hasDocuments: Bool,
        revoked: [String: PublicKey.Revocation], keys: AuditHeads.Keys, at time: Nanoseconds
    ) throws -> Set<String> {
        let said = try statements(registry, revoked)
        return Set(said.flatMap(\.statement.heads)).filter { head in
            guard hasDocuments else {
                return said.contains { envelope, statement in
                    statement.heads.containsExactly(head)
                        && envelope.signers(among: keys.log).contains { keys.maySign($0.id, at: time) }
                }
            }
            // A document that cannot be followed has given nobody's consent.
            return !documents.isEmpty
                && documents.values.allSatisfy { persons(naming: head, said, $0, at: time).count >= $0.root.threshold }
        }
    }

    private typealias Said = (envelope: Envelope, statement: LossStatement)

    private static func statements(_ registry: RegistryDatabase, _ revoked: [String: PublicKey.Revocation]) throws
        -> [Said]
    {
        try registry.auditEntries(actionPrefix: action).compactMap { entry in
            guard let text = (try? JSONParser.parse(entry.detail))?[key: "envelope"]?.stringValue,
                let envelope = try? Envelope(text), let statement = LossStatement(envelope),
                !envelope.signatures.contains(where: { revoked[$0.keyID].map { $0.at <= entry.time } ?? false })
            else { return nil }
            return (envelope, statement)
        }
    }

    private static func persons(
        naming head: String, _ said: [Said], _ document: EnvironmentAuthority, at time: Nanoseconds
    ) -> Set<String> {
        said.filter { $0.statement.heads.containsExactly(head) }.reduce(into: []) {
            $0.formUnion(document.root.persons(signing: $1.envelope, at: time))
        }
    }
}
