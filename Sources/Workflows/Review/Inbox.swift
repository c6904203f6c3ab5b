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
        guard !own.isEmpty || roots.isKnown else { throw nobody(name, places, roots, session: session) }
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

    static let ahead = Nanoseconds(saturating: horizonDays * 86_400e9)

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

    /// A word of a command line, quoted where a shell would read it otherwise.
    static func word(_ text: String) -> String {
        let plain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:@".contains($0)) }
        return plain && !text.isEmpty ? text : "'\(text.replacing("'", with: "'\\''"))'"
    }
}
