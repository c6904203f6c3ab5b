import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// Whose heads of the audit log count, and how old the newest anchor may be.
struct LogKeys {
    /// With the role `log` in a signed document of an environment. Where no environment has a document, the project's
    /// trusted keys with that role, and the keys whose bundles an environment takes.
    var keys: AuditHeads.Keys
    /// The least that the environments allow; nil where none says.
    var anchorHours: Double?
    /// An environment has a document.
    var hasDocuments = false

    /// Reads the tracked documents and keys of a project.
    static func read(_ session: Session, registry: RegistryDatabase) throws -> LogKeys {
        let documents = try authorities(session)
        var known = try ManageKeys.people(session, registry: registry).keys
        known += try TrustedKeys(directory: "\(session.root)/Registry/keys").keys
        let environments = "\(session.root)/Registry/environments"
        var bundles: [PublicKey] = []
        if Paths.isDirectory(environments) {
            for name in try Paths.entries(environments) {
                bundles += try TrustedKeys(directory: "\(environments)/\(name)/trusted").keys
            }
        }
        let log =
            documents.isEmpty
            ? known.filter { $0.roles.contains(EnvironmentAuthority.Role.log) } + bundles
            : documents.flatMap { $0.keys.filter { $0.roles.contains(EnvironmentAuthority.Role.log) } }
        return LogKeys(
            keys: AuditHeads.Keys(log: log, others: known + bundles + documents.flatMap(\.keys)),
            anchorHours: documents.compactMap(\.anchorHours).min(), hasDocuments: !documents.isEmpty)
    }

    /// The documents that enough root keys have signed.
    private static func authorities(_ session: Session) throws -> [EnvironmentAuthority] {
        try session.environmentNames().compactMap { name in
            let path = "\(session.environmentPath(name))/authority.json"
            guard Paths.exists(path) else { return nil }
            let envelope = try AuthorityEnvelope(try FileChunks.text(path))
            guard envelope.isComplete(at: envelope.authority.createdAt) else { return nil }
            let pin = "\(session.environmentPath(name))/root.json"
            if Paths.exists(pin) { return try pinned(envelope, pin) }
            return envelope.authority
        }
    }

    /// A document counts where the pinned root keys signed it, or those of a document that they signed.
    private static func pinned(_ envelope: AuthorityEnvelope, _ pin: String) throws -> EnvironmentAuthority? {
        let accepted = "\(Paths.parent(pin))/installed/authority.json"
        let chain = try [accepted].filter(Paths.exists).map { try AuthorityEnvelope(try FileChunks.text($0)) }
        return try? AuthorityEnvelope.newest(
            chain + [envelope], pin: try RootPin.read(pin), accepted: nil, at: envelope.authority.createdAt
        ).authority
    }

    /// A key that counts and whose private half lies in this project.
    func signer(_ session: Session) throws -> (any Signer)? {
        for key in keys.log where key.objection(at: session.clock.now()) == nil {
            let path = ManageKeys.privatePath(key.name, session: session)
            guard Paths.exists(path) else { continue }
            let signer = try SigningKey.read(path)
            if signer.publicKey.id == key.id { return signer }
        }
        return nil
    }
}
