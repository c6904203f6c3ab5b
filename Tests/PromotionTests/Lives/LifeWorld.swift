import Basics
import Deployment
import ModelBundles
import Promotion
import Registry
import Trading

/// The program's side of a life: what ``Deeds`` tell, drawn up and signed with real keys, and the program's own
/// decisions on it. It asks the ``Law`` nothing.
struct LifeWorld {
    static let start: Nanoseconds = 20_000 * 86_400_000_000_000

    /// As ``Deeds`` number them; the last is a stranger's, under the name of the first.
    static let keys = ["gate-1", "gate-2", "promoter-1", "promoter-2", "host", "gate-1"].map {
        SigningKey(generating: $0)
    }
    static let people = ["ann-1", "ann-2", "bob", "carl", "dave", "mallory"].map { SigningKey(generating: $0) }
    static let roots = ["rita-1", "rita-2", "sam", "rita-1"].map { SigningKey(generating: $0) }
    /// Public halves, made once.
    static let publicKeys = keys.map(\.publicKey), publicPeople = people.map(\.publicKey)
    private static let rootKeys = try? RootKeys(
        threshold: 2,
        keys: zip(roots, ["rita", "rita", "sam"]).map { key, person in
            var key = key.publicKey
            key.person = person
            return key
        })

    static func time(_ seconds: Int) -> Nanoseconds { start + Nanoseconds(seconds) * 1_000_000_000 }

    let policies: [GatePolicy]
    private(set) var authority: AuthorityEnvelope
    private(set) var hostAuthority: AuthorityEnvelope
    /// Of documents, by what names them.
    private(set) var digests: [Deeds.DocumentID: String] = [:]
    /// Texts of the reports beside the verdicts.
    var judgements: [(filed: Int, judgement: PromotionFacts.Judgement)] = []
    var envelopes: [Int: Envelope] = [:]
    var statements: [StatementRecord] = []
    /// When the log took them up, by their digests.
    private var recorded: [String: Nanoseconds] = [:]
    var peopleKeys = Array(repeating: Deeds.Key(), count: 5)
    var events: [PromotionFacts.Event] = []
    var history = RevisionHistory()
    /// The latest time that the host has seen.
    var seen: Nanoseconds = 0
    /// The documents that were believed, and what they come to.
    private var believed: [AuthorityEnvelope], hostBelieved: [AuthorityEnvelope]
    /// When research believed each.
    private var since = [Nanoseconds.min]
    private(set) var trail: DocumentTrail
    private(set) var hostTrail: DocumentTrail
    private var halts = HaltMemory()
    private var runs = RunMemory()

    init(policies: [Deeds.Policy], document: Deeds.Document) throws {
        self.policies = try policies.map(Self.policy)
        let first = try Self.document(document, self.policies)
        authority = try AuthorityEnvelope.newest([first], pin: try Self.pin(), accepted: nil, at: Self.start)
        hostAuthority = authority
        (believed, hostBelieved) = ([authority], [authority])
        (trail, hostTrail) = (DocumentTrail(authority), DocumentTrail(authority))
        digests[document.id] = authority.digest
    }

    // MARK: Policies and documents

    private static func policy(_ policy: Deeds.Policy) throws -> GatePolicy {
        var rules = [
            #"{"rule": "metric", "metric": "ic", "minimum": 0.02, "id": "ic"}"#,
            #"{"rule": "metric", "metric": "hit_rate", "minimum": 0.5, "id": "hits"}"#,
        ]
        if let count = policy.approvals {
            let roles = policy.needsRisk ? #", "roles": ["risk"]"# : ""
            rules.append(#"{"rule": "approvals", "count": \#(count)\#(roles)}"#)
        }
        if let freeze = policy.freeze {
            let from = TimeText.utc(time(freeze.lowerBound)), to = TimeText.utc(time(freeze.upperBound))
            rules.append(#"{"rule": "freeze", "windows": [{"from": "\#(from)", "to": "\#(to)"}]}"#)
        }
        let text =
            #"{"rules": [\#(rules.joined(separator: ", "))], "validDays": \#(policy.validDays)"#
            + (policy.isWaivable ? #", "waivers": {"roles": ["risk"], "longestDays": 30}"# : "")
            + (policy.canaryHours.map { #", "canaryHours": \#($0)"# } ?? "") + "}"
        return try GatePolicy(JSONParser.parse(text), name: "p")
    }

    private static func rootSet() throws -> RootKeys {
        guard let rootKeys else { throw Failure("test", "found no root keys") }
        return rootKeys
    }

    private static func pin() throws -> RootPin { RootPin(environment: "live", root: try rootSet()) }

    private static func document(_ document: Deeds.Document, _ policies: [GatePolicy]) throws -> AuthorityEnvelope {
        var named = document.keys.enumerated().filter { !$0.element.isGone }.map { number, state in
            key(publicKeys[number], Deeds.gates.contains(number) ? "gate" : "promoter", state)
        }
        named.append(key(publicKeys[Deeds.host], "host", Deeds.Key()))
        let authority = EnvironmentAuthority(
            name: "live", counter: document.counter,
            createdAt: time(document.drawnUp),
            expiresAt: time(document.end), root: try rootSet(), keys: named,
            policy: ("p", policies[document.policy].digest), minimumCostBps: Double(document.floor),
            limits: RiskLimits(),
            freezes: document.freeze.map {
                [EnvironmentAuthority.Freeze(from: time($0.lowerBound), to: time($0.upperBound), reason: "")]
            } ?? [],
            canary: document.canaryHours.map {
                EnvironmentAuthority.Canary(hours: Double($0), share: Double(document.canaryShare) / 100)
            }, verdictDays: Double(document.verdictDays), deploymentDays: Double(document.orderDays))
        let signers = document.signers.sorted()
        var envelope = try AuthorityEnvelope(authority, signer: roots[signers[0]])
        for signer in signers.dropFirst() { envelope = try envelope.signed(by: roots[signer]) }
        return envelope
    }

    private static func key(_ key: PublicKey, _ role: String, _ state: Deeds.Key) -> PublicKey {
        var key = key
        key.roles = [role]
        if state.isRevoked { key.revoked = PublicKey.Revocation(at: start, reason: "lost") }
        key.expiresAt = state.end.map(time)
        return key
    }

    /// Whether the program believes a document after the one it knows, as research and as the host do.
    mutating func take(_ document: Deeds.Document, atHost: Bool, at now: Int) throws -> Bool {
        let offered = try Self.document(document, policies)
        digests[document.id] = offered.digest
        let known = atHost ? hostAuthority : authority
        guard
            let newest = try? AuthorityEnvelope.newest(
                [offered], pin: Self.pin(), accepted: known, at: Self.start), newest.digest == offered.digest
        else { return false }
        if atHost {
            hostAuthority = newest
            hostBelieved.append(newest)
            hostTrail = DocumentTrail(hostBelieved, pin: try Self.pin(), newest: newest)
        } else {
            authority = newest
            believed.append(newest)
            since.append(Self.time(now))
            trail = DocumentTrail(believed, pin: try Self.pin(), newest: newest)
        }
        return true
    }

    /// Keys that were the gate's once, good until the document that took them out was believed.
    var formerGates: [PublicKey] {
        let documents = zip(believed, since).map { envelope, time in
            var document = envelope.authority
            document.createdAt = time
            return document
        }
        return DocumentTrail.once(documents) { $0.roles.contains("gate") }.map(\.key)
    }

    // MARK: People

    mutating func file(_ statement: Deeds.Statement) throws {
        let kinds: [Deeds.Statement.Kind: StatementRecord.Kind] = [
            .approval: .approval, .rejection: .rejection, .waiver: .waiver,
        ]
        let key = Self.people[statement.key], isWaiver = statement.kind == .waiver
        let text = Statement(
            kind: kinds[statement.kind] ?? .approval, subject: "m/\(statement.subject)",
            weights: try weights(statement.weights), policy: "p", policyDigest: policies[statement.policy].digest,
            lineage: "l", signer: key.name, reason: "because", signedAt: Self.time(statement.time),
            rule: isWaiver ? statement.rule.rawValue : nil, expiresAt: isWaiver ? Self.time(statement.end) : nil)
        let record = try text.signed(with: key, model: "m", version: statement.filed)
        statements.append(record)
        recorded[record.digest] = Self.time(statement.recorded)
    }

    func weights(_ version: Int) throws -> String {
        try LifeBundles.made(Deeds.Manifest(version: version)).draft.weightsDigest
    }

    private var trusted: TrustedKeys {
        TrustedKeys(
            zip(Self.publicPeople, peopleKeys).enumerated().map { number, pair in
                var key = Self.key(pair.0, pair.0.name == "carl" ? "trader" : "risk", pair.1)
                key.person = Deeds.persons[number]
                return key
            })
    }

    func standing(_ version: Int, at now: Int) throws -> StandingEvidence {
        var verified: [Statement.Verified] = [], rejected: [String] = []
        let trusted = trusted
        for record in statements where record.version == version {
            do { verified.append(try Statement.verify(record, trusted: trusted, at: Self.time(now))) } catch let failure
                as Failure
            {
                rejected.append(failure.message)
                if record.kind == .approval, let time = recorded[record.digest],
                    let yes = try? Statement.verify(withdrawal: record, trusted: trusted, recordedAt: time)
                {
                    verified.append(yes)
                }
            }
        }
        return StandingEvidence(
            subject: "m/\(version)", weights: try weights(version), statements: verified, rejectedStatements: rejected,
            authors: ["dave"], now: Self.time(now))
    }

    // MARK: The host's operator

    mutating func halt(_ isHalted: Bool, at time: Int) {
        guard var event = events.last(where: { $0.kind == .inForce }) else { return }
        (event.kind, event.time) = (isHalted ? .halted : .resumed, Self.time(time))
        events.append(event)
        if isHalted { halts.halt(at: event.time) } else { halts.resume(at: event.time) }
        history.halts = halts.halts
    }

    /// The loop takes bars, as the host notes them.
    mutating func run(_ counter: Int, at time: Int) {
        guard !halts.isHalted else { return }
        runs.note(counter, at: Self.time(time), halts: halts)
        history.runs = runs.runs
    }

    /// The promotion of what is in force ends as refused.
    mutating func failHealth() {
        if let last = events.lastIndex(where: { $0.kind == .inForce }) { events[last].isTakenBack = true }
    }
}
