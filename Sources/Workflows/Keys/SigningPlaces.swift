import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// Everywhere that a signature may count: the environments with a signed document, and the project.
struct SigningPlaces {
    private var environments: [Place] = []
    private let project: CountingPeople
    private let now: Nanoseconds
    private var unfollowed: [UnfollowedEnvironment] = []

    private struct Place {
        /// As the record calls it, after its directory.
        let name: String
        let document: AuthorityEnvelope
        let people: CountingPeople
    }

    /// An environment whose document cannot be followed gives nobody a role, and hands what it asks for to nobody else.
    init(_ session: Session) throws {
        let registry = try session.registry()
        project = try CountingPeople(registry: registry, session: session)
        now = registry.now()
        let record = try DocumentsOnRecord(registry), names = try session.environmentNames()
        unfollowed = record.removed(names).map {
            UnfollowedEnvironment($0.name, because: "its directory is gone", policies: $0.policies)
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
                try record.requireNoFork(files)
                try record.requireStanding(files, isQuiet: true, session: session)
                environments.append(
                    Place(
                        name: files.name, document: document.revoking(try ManageKeys.revocations(session)),
                        people: try CountingPeople(document.authority, files, session: session)))
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
        if let environment, let own = place(environment) { return [own.people] }
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
        place(environment)?.document.authority.policy.digest == digest
    }

    /// Why a verdict does not count in an environment by its document in force, so that nobody can approve there by it;
    /// nil where it does, and in the project, where a rehearsal will do.
    func objection(to decision: GateDecisionRecord, in environment: String?) -> String? {
        guard let environment else { return nil }
        guard let own = place(environment) else {
            return "nobody can follow the documents of '\(environment)'"
        }
        return own.document.objection(to: decision, at: now)
    }

    /// The environment of a name: a directory that merely says so in its document, which anybody may push, is asked
    /// where none is called so.
    private func place(_ environment: String) -> Place? {
        let alike = environments.filter { $0.people.environment == environment }
        if let own = alike.first(where: { $0.name == environment }) { return own }
        // Nor does another directory stand in for one that cannot be followed.
        return unfollowed.contains { $0.name == environment } ? nil : alike.first
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
