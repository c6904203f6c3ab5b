package import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// What waits for somebody.
package struct InboxItem: Sendable, Equatable {
    /// Raw values are words of the document.
    package enum Kind: String, Sendable, CaseIterable {
        /// A version that an approval of this person would help.
        case approval
        /// A waiver that ends soon, or has ended while nothing took its place.
        case waiver
        /// A key of this person that ends soon.
        case key
        /// A promotion whose runtime has not answered, or something in force that somebody has to take out or put back.
        case promotion
        /// A document of an environment that this person's root key has not signed.
        case environment
    }

    package let kind: Kind
    /// A version, a key's name or an environment.
    package let subject: String
    /// One sentence.
    package let what: String
    /// The command to go on with.
    package let next: String
    /// When it ends; nil for what does not.
    package let due: Nanoseconds?
}

/// A person in; what waits for them, out.
package enum Inbox {
    package struct Outcome: Sendable {
        package let person: String
        /// Of keys that count, by the environments' documents, the tracked files and the log.
        package let roles: [String]
        package let items: [InboxItem]
        /// What could not be looked at, with the reason.
        package let problems: [String]
    }

    /// Days ahead in which an end counts as near.
    package static let horizonDays = 14.0

    /// - Parameter person: as the keys bear it; nil for who asks.
    /// - Throws: ``Failure`` with code `inbox.nobody` for a person without a key here.
    package static func run(as person: String?, session: Session) throws -> Outcome {
        let registry = try session.registry(), places = try SigningPlaces(session), now = registry.now()
        let actor = try session.actor(), name = person ?? actor.split(separator: "@").first.map(String.init) ?? actor
        let all = places.everybody.map { place in
            (place, place.keys.keys.filter { $0.name == name || $0.person == name })
        }
        let own = all.flatMap(\.1)
        let counting = own.filter { $0.objection(at: now) == nil }
        let roots = try environments(name, session: session)
        guard !own.isEmpty || roots.isKnown else { throw nobody(name, places, session: session) }
        var problems = roots.problems + places.problems
        let versions = try approvals(name, places, &problems, session: session)
        let items =
            try rollbacks(name, session: session) + versions + waivers(name, counting, places, session: session)
            + all.flatMap { keys($1, of: $0, now: now) } + promotions(session: session)
            + hosts(name, &problems, session: session) + undelivered(name, session: session)
            + astray(name, session: session) + roots.items
        return Outcome(
            person: name, roles: Set(counting.flatMap(\.roles)).sorted() + roots.environments.map { "root of \($0)" },
            items: items,
            problems: problems.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    }

    private static func nobody(_ name: String, _ places: SigningPlaces, session: Session) -> Failure {
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
            hint: NearestName.of(name, in: places.everybody.flatMap { $0.keys.keys.map(\.name) })
                .map { "did you mean: hftml inbox --as \($0)" }
                ?? "say who you are: hftml inbox --as NAME; see: hftml keys list", exitStatus: .usage)
    }

    /// Waivers that end soon: this person's, and those that a role of theirs may renew.
    private static func waivers(
        _ name: String, _ keys: [PublicKey], _ places: SigningPlaces, session: Session
    ) throws -> [InboxItem] {
        let registry = try session.registry(), now = registry.now(), roles = Set(keys.flatMap(\.roles))
        var items: [InboxItem] = []
        for version in try registry.versions() {
            let signatures = try PeopleOf(version, places: places, session: session).signatures.filter {
                $0.kind == .waiver
            }
            for signature in signatures {
                guard let end = signature.expiresAt, end <= now.saturatingPlus(ahead),
                    end > now.saturatingMinus(ahead), let rule = signature.rule,
                    signature.signer == name || !roles.isDisjoint(with: signature.roles),
                    // What never counted, or does no more for another reason, runs out for nobody.
                    signature.objection == nil || signature.objection?.contains(PeopleOf.ended) == true,
                    !signatures.contains(where: { $0.rule == rule && ($0.expiresAt ?? 0) > end })
                else { continue }
                let verb = end <= now ? "ended" : "ends"
                items.append(
                    InboxItem(
                        kind: .waiver, subject: version.reference,
                        what: "the waiver of '\(rule)' by \(signature.signer) \(verb) at \(TimeText.seconds(end))",
                        next: "hftml gates show \(version.reference)", due: end))
            }
        }
        return items
    }

    private static let ahead = Nanoseconds(saturating: horizonDays * 86_400e9)

    private static func keys(_ own: [PublicKey], of place: CountingPeople, now: Nanoseconds) -> [InboxItem] {
        own.compactMap { key in
            guard key.revoked == nil, let end = key.expiresAt, end <= now.saturatingPlus(ahead) else { return nil }
            let trust =
                "hftml keys trust \(word(key.name))" + key.roles.map { " --role \(word($0))" }.joined()
                + " --expires DAY"
            return InboxItem(
                kind: .key, subject: key.name,
                what: "the key \(key.id) of '\(key.name)' \(end <= now ? "ended" : "ends") at \(TimeText.seconds(end))"
                    + (place.environment.map { " in '\($0)'" } ?? ""),
                next: place.environment.map { "hftml environments sign \(word($0)) --as KEY" } ?? trust, due: end)
        }
    }

    private static func promotions(session: Session) throws -> [InboxItem] {
        try session.registry().promotionsUnderWay().map { promotion in
            try InboxItem(
                kind: .promotion, subject: promotion.reference,
                what:
                    "under way to '\(promotion.environment)' since \(TimeText.seconds(promotion.begunAt)), no receipt "
                    + "yet",
                next: "hftml deployments list --environment \(word(promotion.environment)); or take it back: hftml "
                    + "deployments withdraw \(word(promotion.environment))"
                    + WaitingOrders.lostWay(promotion, session: session), due: nil)
        }
    }

    // MARK: Environments

    private struct Roots {
        var items: [InboxItem] = []
        var problems: [String] = []
        /// Those that name a root key of the person.
        var environments: [String] = []
        var isKnown: Bool { !environments.isEmpty }
    }

    /// Documents that this person's root key has still to sign.
    private static func environments(_ name: String, session: Session) throws -> Roots {
        var roots = Roots()
        let revoked = try ManageKeys.revocations(session), said = try SignedRevocations(session, entered: revoked)
        let resting = try RestsOnKeys.inForce(Set(revoked.keys), session: session)
        for environment in try session.environmentNames() {
            guard let files = try? EnvironmentFiles(environment, session: session), Paths.exists(files.source) else {
                continue
            }
            do {
                let draft = try SignEnvironment.draft(environment, session: session)
                let keys = (draft.authority.root.keys + (draft.inForce?.authority.root.keys ?? []))
                    .filter { $0.name == name || $0.person == name }
                guard let key = keys.first else { continue }
                roots.environments.append(environment)
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
            } catch let error as any UserFacingError { roots.problems.append("\(environment): \(error.message)") }
        }
        return roots
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

    /// A word of a command line, quoted where a shell would read it otherwise.
    static func word(_ text: String) -> String {
        let plain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:@".contains($0)) }
        return plain && !text.isEmpty ? text : "'\(text.replacing("'", with: "'\\''"))'"
    }
}
