import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// What root keys have said is lost, each word judged by the documents that were in force when the log took it up: a
/// root key that was replaced since has said what it said, and one that became root later had no say.
struct AcceptedLosses {
    private struct Said {
        let entry: AuditEntry
        let envelope: Envelope
        let statement: LossStatement
    }

    private let said: [Said]
    private let keys: LogKeys
    private let hasDocuments: Bool
    /// When keys were revoked, by the log or tracked files, whoever signed that.
    private let entered: [String: Nanoseconds]
    /// When keys were revoked as each environment has it, by its name and the key's id.
    private let revoked: [String: [String: Nanoseconds]]

    /// - Parameter hasDocuments: whether an environment of the project has, or had, a document.
    init(_ registry: RegistryDatabase, _ keys: LogKeys, hasDocuments: Bool, session: Session) throws {
        (self.keys, self.hasDocuments) = (keys, hasDocuments)
        let entered = try ManageKeys.revocations(session).mapValues(\.at), signed = try SignedRevocations(session)
        self.entered = entered
        revoked = keys.trails.mapValues { AcceptedLosses.revoked($0, entered, signed) }
        said = try registry.auditEntries(actionPrefix: AcceptLoss.action).compactMap { entry in
            guard let text = (try? JSONParser.parse(entry.detail))?[key: "envelope"]?.stringValue,
                let envelope = try? Envelope(text), let statement = LossStatement(envelope)
            else { return nil }
            return Said(entry: entry, envelope: envelope, statement: statement)
        }
    }

    /// When keys were revoked, by the log, tracked files, or a document of an environment; the earliest counts.
    ///
    /// What neither the key nor enough of the others signed ends no root key. Those others are its fellows in the last
    /// document that has it: who was a root key before that, or is one of another environment, has no say.
    private static func revoked(
        _ trail: [EnvironmentAuthority], _ entered: [String: Nanoseconds], _ said: SignedRevocations
    ) -> [String: Nanoseconds] {
        var revoked = entered
        let isEnded = trail.reduce(into: [String: Bool]()) { found, document in
            for key in document.root.keys where entered[key.id] != nil {
                found[key.id] = said.revocation(of: key, root: document.root) != nil
            }
        }
        for (id, isEnded) in isEnded where !isEnded { revoked[id] = nil }
        for key in trail.flatMap({ $0.root.keys + $0.keys }) {
            guard let at = key.revoked?.at else { continue }
            revoked[key.id] = min(at, revoked[key.id] ?? at)
        }
        return revoked
    }

    /// The document of an environment that was in force at an entry: the last one that the log had completed by then.
    /// One whose signing the log does not have, since that was lost with the rest or is in another registry, counts
    /// from the date that its root keys signed.
    private func document(of environment: String, at entry: AuditEntry) -> EnvironmentAuthority? {
        keys.trails[environment]?.last { document in
            keys.completed[environment]?[document.counter].map { $0.sequence < entry.sequence }
                ?? (document.createdAt <= entry.time)
        }
    }

    /// Root keys of an environment's document that signed a statement while they were good: what a key signed before it
    /// was revoked, by the log's time, stands.
    private func signers(_ said: Said, in environment: String, of document: EnvironmentAuthority) -> Set<String> {
        let revoked = revoked[environment] ?? [:], time = said.entry.time
        return Set(
            said.envelope.signers(among: document.root.keys).filter {
                $0.objection(at: time) == nil && revoked[$0.id].map { time < $0 } ?? true
            }.map(\.id))
    }

    /// Persons who have given up a head in an environment, by its document at one of the statements: theirs count that
    /// were root keys of it, and of the document at their own statement.
    private func persons(naming head: String, in environment: String, by document: EnvironmentAuthority, upTo last: Int)
        -> Set<String>
    {
        var ids: Set<String> = []
        for other in said where other.entry.sequence <= last && other.statement.heads.containsExactly(head) {
            guard let then = self.document(of: environment, at: other.entry) else { continue }
            ids.formUnion(
                signers(other, in: environment, of: then).intersection(
                    signers(other, in: environment, of: document)))
        }
        return Set(PlainName.distinct(document.root.keys.filter { ids.contains($0.id) }.map(\.person)))
    }

    /// Persons who have given up a head by the document that is in force now.
    func persons(naming head: String, in environment: String) -> Set<String> {
        guard let document = keys.trails[environment]?.last else { return [] }
        return persons(naming: head, in: environment, by: document, upTo: .max)
    }

    /// Heads that enough root keys of every environment of then have given up, with when the last of them did.
    var heads: [String: Nanoseconds] {
        // A document that cannot be followed has given nobody's consent.
        guard !hasDocuments || !keys.trails.isEmpty else { return [:] }
        var found: [String: Nanoseconds] = [:]
        for statement in said {
            for head in statement.statement.heads where isGivenUp(head, at: statement) {
                found[head] = max(statement.entry.time, found[head] ?? .min)
            }
        }
        return found
    }

    private func isGivenUp(_ head: String, at said: Said) -> Bool {
        let documents = keys.trails.keys.compactMap { name in document(of: name, at: said.entry).map { (name, $0) } }
        guard !documents.isEmpty else {
            // Nobody had a document then: keys that signed heads of the log.
            return said.envelope.signers(among: keys.keys.log + keys.keys.former).contains { key in
                key.objection(at: said.entry.time) == nil && entered[key.id].map { said.entry.time < $0 } ?? true
                    && keys.keys.revokedHere[key.id].map { said.entry.sequence < $0 } ?? true
            }
        }
        return documents.allSatisfy { name, document in
            persons(naming: head, in: name, by: document, upTo: said.entry.sequence).count >= document.root.threshold
        }
    }
}
