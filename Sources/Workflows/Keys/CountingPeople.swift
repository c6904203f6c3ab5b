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
    /// What hosts signed, of each environment where somebody was ever rolled back.
    private var events: [[PromotionFacts.Event]] = []

    /// Those of the project.
    init(registry: RegistryDatabase, session: Session) throws {
        (environment, keys) = (nil, try ManageKeys.people(session, registry: registry))
    }

    /// Those of an environment, by the document that is in force there and those before it.
    init(_ authority: EnvironmentAuthority, _ files: EnvironmentFiles, session: Session) throws {
        environment = authority.name
        keys = try ManageKeys.people(of: authority, session: session)
        refusing = DocumentTrail.once(files.documents) { !$0.peopleRoles.isEmpty }
        revokedHere = try ManageKeys.revocations(session)
        if let own = try CountingPeople.rolledBack(files, session) { events.append(own) }
        // A yes is for the environment, and so is what its other hosts have taken out since.
        for name in try session.registry().environmentNames() where name != files.name {
            if let found = try CountingPeople.rolledBack(name, of: authority.name, session) { events.append(found) }
        }
    }

    /// The last rollback of weights here; nil for none.
    func takenBack(_ weights: String, strategy: String?) -> TakenBack? {
        events.compactMap { TakenBack.last(of: weights, strategy: strategy, in: $0) }.max { $0.time < $1.time }
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
            revokedHere: first.revokedHere, events: all.flatMap(\.events))
    }
}

/// Everywhere that a signature may count: the environments with a signed document, and the project.
struct SigningPlaces {
    private var environments: [(document: AuthorityEnvelope, people: CountingPeople)] = []
    private let project: CountingPeople
    private let now: Nanoseconds
    private var unfollowed: [UnfollowedEnvironment] = []

    /// An environment whose document cannot be followed gives nobody a role, and hands what it asks for to nobody else.
    init(_ session: Session) throws {
        let registry = try session.registry()
        project = try CountingPeople(registry: registry, session: session)
        now = registry.now()
        let record = try DocumentsOnRecord(registry), names = try session.environmentNames()
        unfollowed = record.removed(names).map {
            UnfollowedEnvironment($0.name, because: "its directory is gone", policy: $0.policy)
        }
        for name in names {
            do {
                guard let files = try EnvironmentFiles.made(name, session: session) else {
                    try record.requireNone(name)
                    if UnfollowedEnvironment.hasDocuments(name, session: session) {
                        unfollowed.append(
                            UnfollowedEnvironment(name, because: "its runtime.json is gone", session: session))
                    }
                    continue
                }
                guard let document = try files.inForce(at: now) else {
                    try record.requireNone(name)
                    continue
                }
                environments.append(
                    (
                        document.revoking(try ManageKeys.revocations(session)),
                        try CountingPeople(document.authority, files, session: session)
                    ))
            } catch let error as any UserFacingError {
                unfollowed.append(UnfollowedEnvironment(name, because: error.message, session: session))
            }
        }
    }

    /// Environments that could not be looked at, with the reason: what they ask for is decided by nobody meanwhile.
    var problems: [String] {
        unfollowed.map { "cannot follow the documents of '\($0.name)', so nobody counts there: \($0.reason)" }
    }

    /// All that count somewhere.
    var everybody: [CountingPeople] { [project] + environments.map(\.people) }

    /// Where a statement under a policy is weighed: in the environments that ask for exactly this text, else in those
    /// that ask for a policy of this name, else in the project.
    ///
    /// - Parameter environment: by the name of its document, where somebody asked for this one alone.
    func concerned(by policy: String, _ digest: String, in environment: String? = nil) -> [CountingPeople] {
        if let environment, let own = environments.first(where: { $0.people.environment == environment }) {
            return [own.people]
        }
        if let environment, unfollowed.contains(where: { $0.name == environment }) {
            return [CountingPeople(nobodyIn: environment)]
        }
        var found = environments.filter { $0.document.authority.policy.digest == digest }
        if found.isEmpty {
            found = environments.filter { SigningPlaces.name($0.document.authority.policy.name) == policy }
        }
        // The project's keys never stand in for those of a document that was damaged.
        let closed = unfollowed.filter { other in
            other.policies?.contains { $0.digest == digest || SigningPlaces.name($0.name) == policy } ?? found.isEmpty
        }.map { CountingPeople(nobodyIn: $0.name) }
        return found.isEmpty && closed.isEmpty ? [project] : found.map(\.people) + closed
    }

    /// Whether the document in force of an environment asks for exactly this text of a policy.
    func asks(_ environment: String, for digest: String) -> Bool {
        environments.contains {
            $0.people.environment == environment && $0.document.authority.policy.digest == digest
        }
    }

    /// Why a verdict does not count in an environment by its document in force, so that nobody can approve there by it;
    /// nil where it does, and in the project, where a rehearsal will do.
    func objection(to decision: GateDecisionRecord, in environment: String?) -> String? {
        guard let environment else { return nil }
        guard let own = environments.first(where: { $0.people.environment == environment }) else {
            return "nobody can follow the documents of '\(environment)'"
        }
        return own.document.objection(to: decision, at: now)
    }

    /// As ``GatePolicy/name`` has it, of what a document says: the name of a file, or its path.
    private static func name(_ policy: String) -> String {
        let file = Paths.name(policy)
        return file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
    }

    /// Where a statement that somebody is about to make is weighed. An approval that no rule of its policy asks for
    /// counts nowhere, and whoever the project trusts may put it on record.
    func concerned(by draft: SignStatement.Draft) -> [CountingPeople] {
        let found = concerned(by: draft.policy.name, draft.policy.digest, in: draft.environment)
        guard draft.statement.kind == .approval, !draft.policy.asksForApprovals, draft.environment == nil else {
            return found
        }
        return found.contains { $0.environment == nil } ? found : found + [project]
    }

    /// What a kept statement is worth, place by place.
    ///
    /// - Parameters:
    ///   - strategy: see ``CountingPeople/verify(_:strategy:at:)``.
    ///   - environment: the only place where a rejection is asked for, which elsewhere may stand or not; nil for all.
    func weigh(_ record: StatementRecord, strategy: String? = nil, in environment: String? = nil) -> [(
        place: CountingPeople, outcome: Result<Statement.Verified, any Error>
    )] {
        let said = Statement(envelope: record.envelope)
        if let environment, record.kind == .rejection {
            return weigh(record, in: concerned(by: "", "", in: environment), strategy: strategy)
        }
        if record.kind == .rejection {
            // It is of the weights: it stands wherever its signer is somebody, whatever policy it names.
            let found = weigh(record, in: environments.map(\.people), strategy: strategy)
                .filter { (try? $0.outcome.get()) != nil }
            if !found.isEmpty { return found }
        }
        return weigh(record, in: concerned(by: said?.policy ?? "", said?.policyDigest ?? ""), strategy: strategy)
    }

    private func weigh(_ record: StatementRecord, in places: [CountingPeople], strategy: String? = nil) -> [(
        place: CountingPeople, outcome: Result<Statement.Verified, any Error>
    )] {
        places.map { place in (place, Result { try place.verify(record, strategy: strategy, at: now) }) }
    }

    /// Why a statement counts nowhere; nil where it counts somewhere.
    ///
    /// - Parameter draft: of the statement, where it was just made.
    func failure(of record: StatementRecord, draft: SignStatement.Draft? = nil) -> (any Error)? {
        let found = draft.map { weigh(record, in: concerned(by: $0)) } ?? weigh(record)
        guard !found.contains(where: { (try? $0.outcome.get()) != nil }) else { return nil }
        for (_, outcome) in found { if case .failure(let error) = outcome { return error } }
        return nil
    }
}
