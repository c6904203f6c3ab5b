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
        /// A promotion whose runtime has not answered.
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
        guard !own.isEmpty || roots.isKnown else {
            throw Failure(
                "inbox.nobody", "found no key of '\(name)' that this project trusts or an environment names",
                hint: NearestName.of(name, in: places.everybody.flatMap { $0.keys.keys.map(\.name) })
                    .map { "did you mean: hftml inbox --as \($0)" }
                    ?? "say who you are: hftml inbox --as NAME; see: hftml keys list", exitStatus: .usage)
        }
        var problems = roots.problems + places.problems
        let versions = try approvals(name, places, &problems, session: session)
        let items =
            try versions + waivers(name, counting, places, session: session)
            + all.flatMap { keys($1, of: $0, now: now) } + promotions(registry) + roots.items
        return Outcome(
            person: name, roles: Set(counting.flatMap(\.roles)).sorted(), items: items,
            problems: problems.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    }

    /// Versions whose newest verdict under some policy lacks approvals that a key of the person can give, and has not
    /// given. Another verdict under another policy, for another environment, hides nothing.
    private static func approvals(
        _ name: String, _ places: SigningPlaces, _ problems: inout [String], session: Session
    ) throws -> [InboxItem] {
        let registry = try session.registry()
        var items: [InboxItem] = []
        for version in try registry.versions() {
            var seen: Set<String> = []
            for decision in try registry.decisions(for: version) where seen.insert(decision.policyDigest).inserted {
                if let item = try approval(name, version, decision, places, &problems, session: session) {
                    items.append(item)
                }
            }
        }
        return items
    }

    private static func approval(
        _ name: String, _ version: VersionRecord, _ decision: GateDecisionRecord, _ places: SigningPlaces,
        _ problems: inout [String], session: Session
    ) throws -> InboxItem? {
        let recorded: RecordedDecision
        do { recorded = try RecordedDecision(decision) } catch let error as any UserFacingError {
            problems.append(error.message)
            return nil
        }
        guard let basis = recorded.basis else { return nil }
        let path = Paths.join(session.root, basis.policyPath)
        guard Paths.exists(path) else { return nil }
        let policy: GatePolicy
        do { policy = try GateModel.policy(path, session: session) } catch let error as any UserFacingError {
            problems.append("\(version.reference): \(error.message)")
            return nil
        }
        guard policy.digest == decision.policyDigest else { return nil }
        let standings = try PeopleOf(version, places: places, strategy: basis.strategy, session: session).standings(
            under: policy)
        for (place, standing) in standings {
            let noes = policy.rejections(standing)
            if !noes.isEmpty {
                let asked = wanted(name, version, policy, place, standing) != nil
                if let item = rejected(noes, name, isAsked: asked, recorded, policy: session.shown(path), in: place) {
                    return item
                }
                continue
            }
            guard let (state, key) = wanted(name, version, policy, place, standing) else { continue }
            return item(
                version, recorded, state, policy: session.shown(path), signer: key.name,
                environment: place.environment, takenBack: standing.takenBack)
        }
        return nil
    }

    /// A rule that lacks an approval which this person can give in a place, and the key that can.
    private static func wanted(
        _ name: String, _ version: VersionRecord, _ policy: GatePolicy, _ place: CountingPeople,
        _ standing: GatePolicy.Signatures
    ) -> (ApprovalState, PublicKey)? {
        let keys = place.keys.keys.filter {
            ($0.name == name || $0.person == name) && $0.objection(at: standing.now) == nil
        }
        for state in policy.approvals(standing) where !state.holds {
            let useful = keys.first { key in
                state.objection(to: key, authors: standing.authors) == nil
                    && !standing.statements.contains {
                        $0.key.person == key.person && $0.statement.kind != .waiver && !$0.isElsewhere
                            && $0.statement.weights == version.weights
                            && $0.statement.policyDigest == policy.digest
                            && ($0.statement.kind == .rejection
                                || $0.statement.signedAt > standing.takenBack?.time ?? .min)
                    }
            }
            if let useful { return (state, useful) }
        }
        return nil
    }

    private static func item(
        _ version: VersionRecord, _ recorded: RecordedDecision, _ state: ApprovalState, policy: String, signer: String,
        environment: String?, takenBack: TakenBack?
    ) -> InboxItem {
        let left = max(1, state.count - state.approvers.count)
        let others = recorded.report.items.filter { $0.status == .failed }.map(\.name)
            .filter { !$0.hasPrefix(Approvals.name) }
        let rest = others.isEmpty ? "" : "; it also failed \(others.joined(separator: ", "))"
        return InboxItem(
            kind: .approval, subject: version.reference,
            what: "\(left) of \(state.count) approvals missing under '\(recorded.decision.policy)'"
                + (environment.map { " in '\($0)'" } ?? "") + rest + (takenBack.map { "; \($0.text)" } ?? ""),
            next: "hftml approve \(version.reference) "
                + (environment.map { "--for \(word($0))" } ?? "--policy \(word(policy))") + " --as \(word(signer))",
            due: nil)
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
                    !signatures.contains(where: { $0.rule == rule && ($0.expiresAt ?? 0) > end })
                else { continue }
                let verb = end <= now ? "ended" : "ends"
                items.append(
                    InboxItem(
                        kind: .waiver, subject: version.reference,
                        what: "the waiver of '\(rule)' by \(signature.signer) \(verb) at \(TimeText.utc(end))",
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
                what: "the key \(key.id) of '\(key.name)' \(end <= now ? "ended" : "ends") at \(TimeText.utc(end))"
                    + (place.environment.map { " in '\($0)'" } ?? ""),
                next: place.environment.map { "hftml environments sign \(word($0)) --as KEY" } ?? trust, due: end)
        }
    }

    private static func promotions(_ registry: RegistryDatabase) throws -> [InboxItem] {
        try registry.promotionsUnderWay().map { promotion in
            InboxItem(
                kind: .promotion, subject: promotion.reference,
                what:
                    "under way to '\(promotion.environment)' since \(TimeText.utc(promotion.begunAt)), no receipt yet",
                next: "hftml deployments list --environment \(word(promotion.environment))", due: nil)
        }
    }

    // MARK: Environments

    private struct Roots {
        var items: [InboxItem] = []
        var problems: [String] = []
        /// Whether an environment names a root key of the person.
        var isKnown = false
    }

    /// Documents that this person's root key has still to sign.
    private static func environments(_ name: String, session: Session) throws -> Roots {
        var roots = Roots()
        for environment in try session.environmentNames() {
            guard let files = try? EnvironmentFiles(environment, session: session), Paths.exists(files.source) else {
                continue
            }
            do {
                let draft = try SignEnvironment.draft(environment, session: session)
                let keys = (draft.authority.root.keys + (draft.inForce?.authority.root.keys ?? []))
                    .filter { $0.name == name || $0.person == name }
                guard let key = keys.first else { continue }
                roots.isKnown = true
                guard !draft.signers.contains(where: { PlainName.isSame($0, key.person) }),
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
                        ? "document \(known.counter) ended at \(TimeText.utc(known.expiresAt)): nothing is judged or "
                            + "promoted by it"
                        : "document \(known.counter) ends at \(TimeText.utc(known.expiresAt))")
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
