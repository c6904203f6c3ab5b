import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// Whose signatures about a version count: the people whom an environment's signed document names, and without an
/// environment those whom the project's tracked files vouch for. Gate, page, inbox and promotion all ask here.
struct CountingPeople: Sendable {
    /// Nil for the project.
    let environment: String?
    let keys: TrustedKeys
    /// Whose rejections stand, with all the names they ever had: everybody who was a person of the environment when
    /// they were signed. Being taken out of the document takes nothing back, and what was revoked in this registry
    /// alone, which no root key signed, does not either.
    private var refusing: [(key: PublicKey, names: Set<String>)] = []
    private var revokedHere: [String: PublicKey.Revocation] = [:]
    /// What the host signed, where somebody was ever rolled back there.
    private var events: [[PromotionFacts.Event]] = []
    /// The same of other hosts of the environment, and what was ordered to be taken out at any of them.
    private(set) var elsewhere: [[PromotionFacts.Event]] = []

    /// Those of the project.
    init(registry: RegistryDatabase, session: Session) throws {
        (environment, keys) = (nil, try ManageKeys.people(session, registry: registry))
    }

    /// Those of an environment, by the document that is in force there and those before it.
    ///
    /// - Parameter withRollbacks: false for who asks for noes alone, which no rollback ends.
    init(
        _ authority: EnvironmentAuthority, _ files: EnvironmentFiles, withRollbacks: Bool = true, session: Session
    ) throws {
        environment = authority.name
        keys = try ManageKeys.people(of: authority, session: session)
        refusing = DocumentTrail.once(files.documents) { !$0.peopleRoles.isEmpty }
        revokedHere = try ManageKeys.revocations(session)
        guard withRollbacks else { return }
        let receipts = try EnvironmentReceipts(files, session: session)
        if receipts.proven.contains(where: { $0.outcome == .rolledBack }) {
            events = [try DeployedBundles(files: files, session: session).events(receipts)]
        }
        elsewhere = try OtherHosts.events(files, receipts, session: session)
    }

    /// The last rollback of weights here; nil for none.
    func takenBack(_ weights: String, strategy: String?) -> TakenBack? {
        (events + elsewhere).compactMap { TakenBack.last(of: weights, strategy: strategy, in: $0) }
            .max { $0.time < $1.time }
    }

    /// Nobody: of an environment that cannot be looked at.
    init(nobodyIn environment: String) { (self.environment, keys) = (environment, TrustedKeys([])) }

    private init(
        _ environment: String?, _ keys: [PublicKey], refusing: [(key: PublicKey, names: Set<String>)],
        revokedHere: [String: PublicKey.Revocation], events: [[PromotionFacts.Event]]
    ) {
        (self.environment, self.keys) = (environment, TrustedKeys(keys))
        (self.refusing, self.revokedHere, self.events) = (refusing, revokedHere, events)
    }

    /// Keys by which a statement is looked at.
    private func keys(for record: StatementRecord) -> TrustedKeys {
        environment != nil && record.kind == .rejection ? once(record) : keys
    }

    /// Keys of everybody who was a person here, under the name that a statement says.
    private func once(_ record: StatementRecord) -> TrustedKeys {
        TrustedKeys(
            refusing.map { key, names in
                guard key.name != record.signer, names.contains(record.signer) else { return key }
                return PublicKey(
                    name: record.signer, person: key.person, raw: key.raw, roles: key.roles, expiresAt: key.expiresAt,
                    revoked: key.revoked, kind: key.kind)
            })
    }

    /// A person's statement as it counts here.
    ///
    /// - Parameter strategy: digest of what is judged or about to trade; nil where nobody asks.
    /// - Throws: ``Failure`` with code `statement.…`.
    func verify(_ record: StatementRecord, strategy: String? = nil, at time: Nanoseconds) throws -> Statement.Verified {
        let verified: Statement.Verified
        do { verified = try Statement.verify(record, trusted: keys(for: record), at: time) } catch let failure
            as Failure
            where failure.code == "statement.untrusted"
        {
            throw untrusted(record.keyID, record.signer) ?? failure
        }
        try requireFitting(verified, record, strategy: strategy)
        return verified
    }

    /// A yes whose signer counts no more, as far as it takes back a no of the same person.
    ///
    /// - Parameter recordedAt: when the log took it up.
    /// - Throws: as ``verify(_:strategy:at:)``.
    func verify(withdrawal record: StatementRecord, strategy: String?, recordedAt: Nanoseconds) throws
        -> Statement.Verified
    {
        let verified = try Statement.verify(withdrawal: record, trusted: once(record), recordedAt: recordedAt)
        if let revoked = revokedHere[verified.key.id], revoked.at <= recordedAt {
            throw Failure("statement.key", "found a signature by a key that was revoked here", exitStatus: .refused)
        }
        try requireFitting(verified, record, strategy: strategy)
        return verified
    }

    private func requireFitting(_ verified: Statement.Verified, _ record: StatementRecord, strategy: String?) throws {
        // Who says no for one environment says no; who says yes for one has said nothing of the others.
        if let environment, let own = verified.statement.environment, own != environment,
            verified.statement.kind != .rejection
        {
            throw Failure(
                "statement.environment",
                "the \(verified.statement.kind.rawValue) of '\(record.signer)' is for '\(own)', and this is "
                    + "'\(environment)'",
                hint: "let it be signed for this one: --for \(environment)", exitStatus: .refused)
        }
        if let strategy, let own = verified.statement.strategy, own != strategy, verified.statement.kind != .rejection {
            throw Failure(
                "statement.strategy",
                "the \(verified.statement.kind.rawValue) of '\(record.signer)' is for another strategy "
                    + "(\(own.prefix(12))) than this (\(strategy.prefix(12)))",
                hint: "let the page of this one be read and signed: hftml approve \(record.model)/\(record.version) "
                    + "--for ENVIRONMENT --as NAME", exitStatus: .refused)
        }
    }

    /// The error for a key that the environment does not name; nil for the project, which has its own.
    func untrusted(_ id: String, _ name: String) -> Failure? {
        guard let environment else { return nil }
        return Failure(
            "statement.untrusted",
            "found the key \(id) of '\(name)', which the signed document of '\(environment)' gives no role of a person",
            hint:
                "name it under keys in environment.yaml, {key: \(name), roles: [ROLE]}, then: hftml environments sign "
                + "\(environment) --as KEY", exitStatus: .refused)
    }

    /// Keys that count wherever one is asked: named by all, with the roles that all give.
    static func together(_ all: [CountingPeople]) -> CountingPeople? {
        guard let first = all.first else { return nil }
        let keys = first.keys.keys.compactMap { key -> PublicKey? in
            var key = key
            for other in all.dropFirst() {
                guard let known = other.keys.key(id: key.id) else { return nil }
                key.roles = key.roles.filter(known.roles.contains)
                key.expiresAt = [key.expiresAt, known.expiresAt].compactMap(\.self).min()
                key.revoked = key.revoked ?? known.revoked
            }
            return all.count > 1 && key.roles.isEmpty ? nil : key
        }
        return CountingPeople(
            first.environment.map { _ in all.compactMap(\.environment).joined(separator: ", ") }, keys,
            refusing: all.flatMap(\.refusing),
            revokedHere: first.revokedHere, events: all.flatMap { $0.events + $0.elsewhere })
    }
}
