import Basics
import Deployment
import ModelBundles

/// Documents of environments that wait for root keys.
extension Inbox {
    /// What waits for a person as a root key of environments.
    struct Roots {
        var items: [InboxItem] = []
        var problems: [String] = []
        /// Those that name a root key of the person.
        var environments: [String] = []
        /// Environments of which the log has a document that is not here, with the reason.
        var behind: [String] = []
        var isKnown: Bool { !environments.isEmpty || !items.isEmpty }
    }

    /// Documents that this person's root key has still to sign.
    static func environments(_ name: String, session: Session) throws -> Roots {
        var roots = Roots()
        let revoked = try ManageKeys.revocations(session), said = try SignedRevocations(session, entered: revoked)
        let resting = try RestsOnKeys.inForce(Set(revoked.keys), session: session)
        for environment in try session.environmentNames() {
            guard let files = try? EnvironmentFiles(environment, session: session), Paths.exists(files.source) else {
                continue
            }
            do {
                let draft = try SignEnvironment.draft(environment, session: session)
                if let elsewhere = draft.begunElsewhere {
                    roots.behind.append("\(environment): \(elsewhere.failure.message)")
                }
                let keys = (draft.authority.root.keys + (draft.inForce?.authority.root.keys ?? []))
                    .filter { $0.name == name || $0.person == name }
                guard let key = keys.first else { continue }
                roots.environments.append(environment)
                if let elsewhere = draft.begunElsewhere,
                    !elsewhere.signers.contains(where: { signer in keys.contains { $0.name == signer } })
                {
                    roots.items.append(item(environment, elsewhere.failure))
                }
                roots.items += resting.filter { $0.environment == environment && $0.problem == nil }.map { found in
                    InboxItem(
                        kind: .environment, subject: environment, what: "\(found.text), whose key was revoked since",
                        next: "hftml gate \(found.reference) --for \(word(environment)) --key KEY --features FILE "
                            + "--strategy FILE", due: nil)
                }
                // A signature that would not count is not asked for.
                guard said.revocation(of: key, root: draft.asked) == nil,
                    !draft.signers.contains(where: { PlainName.isSame($0, key.person) }),
                    let item = waiting(draft, key, in: environment, now: session.clock.now())
                else { continue }
                roots.items.append(item)
            } catch let error as any UserFacingError {
                try cannotDraw(error, name, files, &roots, session: session)
            }
        }
        return roots
    }

    /// A document that cannot be drawn up, and whether that is because the log has one that is not here.
    private static func cannotDraw(
        _ error: any UserFacingError, _ name: String, _ files: EnvironmentFiles, _ roots: inout Roots, session: Session
    ) throws {
        guard let failure = error as? Failure, failure.code == "authority.gone" else {
            roots.problems.append("\(files.name): \(error.message)")
            return
        }
        roots.behind.append("\(files.name): \(failure.message)")
        func isOwn(_ key: PublicKey) -> Bool { key.name == name || key.person == name }
        if files.documents.last?.root.keys.contains(where: isOwn) == true { roots.environments.append(files.name) }
        if try DocumentsOnRecord(session.registry()).newestRoots(files).contains(where: isOwn) {
            roots.items.append(item(files.name, failure))
        } else {
            roots.problems.append("\(files.name): \(failure.message)")
        }
    }

    private static func item(_ environment: String, _ failure: Failure) -> InboxItem {
        InboxItem(
            kind: .environment, subject: environment, what: failure.message, next: failure.hint ?? "git pull", due: nil)
    }

    /// What of a document waits for a root key: changes, a renewal that another root key has begun, or its end.
    private static func waiting(
        _ draft: SignEnvironment.Draft, _ key: PublicKey, in environment: String, now: Nanoseconds
    )
        -> InboxItem?
    {
        let known = draft.inForce?.authority
        var what: [String] = [], due: Nanoseconds?
        if let known {
            // A document of days is near its end from the middle on.
            let near = min(ahead, known.expiresAt.saturatingMinus(known.createdAt) / 2)
            if known.expiresAt <= now.saturatingPlus(near) {
                due = known.expiresAt
                what.append(
                    known.expiresAt <= now
                        ? "document \(known.counter) ended at \(TimeText.seconds(known.expiresAt)): nothing is judged "
                            + "or promoted by it"
                        : "document \(known.counter) ends at \(TimeText.seconds(known.expiresAt))")
            }
        }
        if !draft.changes.isEmpty || draft.unfinished != nil {
            let signed = draft.signers.isEmpty ? "nobody" : draft.signers.joined(separator: ", ")
            what.append(
                "document \(draft.counter) waits for root keys: \(draft.signers.count) of \(draft.threshold) signed "
                    + "(\(signed)), " + (draft.changes.isEmpty ? "a new end alone" : "\(draft.changes.count) changes"))
        }
        guard !what.isEmpty else { return nil }
        return InboxItem(
            kind: .environment, subject: environment, what: what.joined(separator: "; "),
            next: "hftml environments sign \(word(environment)) --as \(word(key.name))", due: due)
    }

    /// Why nothing can wait for somebody.
    static func nobody(_ name: String, _ places: SigningPlaces, _ roots: Roots, session: Session) -> Failure {
        let near = NearestName.of(name, in: places.everybody.flatMap { $0.keys.keys.map(\.name) })
            .map { "did you mean: hftml inbox --as \($0)" }
        // Whom a document names that is not here is no stranger.
        if !roots.behind.isEmpty {
            return Failure(
                "inbox.nobody",
                "found no role of '\(name)' in what lies here, and that is behind: "
                    + roots.behind.joined(separator: "; "),
                hint: "fetch what is newer, then look again: git pull && hftml inbox --as \(word(name))"
                    + (near.map { "; or: \($0)" } ?? ""),
                exitStatus: .usage)
        }
        // A key without a role is known and can sign nothing: to say who one is again does not help.
        if PlainName.isPlain(name), let key = try? PublicKey.read(ManageKeys.publicPath(name, session: session)) {
            return Failure(
                "inbox.nobody",
                "found the key \(key.id) of '\(name)', which neither this project nor an environment gives a role: "
                    + "nothing waits for it",
                hint:
                    "let somebody who may trust it, in a role: hftml keys trust \(word(name)) --role ROLE; or name it "
                    + "in environment.yaml", exitStatus: .usage)
        }
        return Failure(
            "inbox.nobody", "found no key of '\(name)' that this project trusts or an environment names",
            hint: near
                ?? "say who you are: hftml inbox --as NAME; see: hftml keys list", exitStatus: .usage)
    }
}
