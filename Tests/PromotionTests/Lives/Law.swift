/// The rules of an environment, written down from the decision notes and from what people expect, on ``Deeds`` alone.
/// It knows nothing of how the program decides; `PromotionPropertyTests` compares the two.
struct Law {
    /// Why something is not allowed; the test counts how often one alone decides.
    enum Reason: String, CaseIterable {
        case documentEnded, frozen, promoterKey, noVerdict, alteredReport, gateKey, failed, otherPolicy, otherStrategy
        case limits, costs, age, approvals, rejected, policyFreeze, waiver, policyFile, incumbent, canary
    }

    enum Answer: Equatable {
        /// It is in force already.
        case standing
        /// Empty where it is allowed.
        case reasons(Set<Reason>)
    }

    /// By the clock of whoever promotes, and by the host's.
    var now = 0, hostNow = 0
    /// The latest time that the host has seen; before its first look it knows of none.
    var hostSeen = Int.min
    /// The latest time of an order that the host has answered.
    var ordered = Int.min
    var document = Deeds.Document(), hostDocument = Deeds.Document()
    /// Documents that were believed before, oldest first.
    var earlier: [Deeds.Document] = [], hostEarlier: [Deeds.Document] = []
    /// When whoever promotes believed each of the earlier ones and the present one.
    var since = [Int.min]
    var policies: [Deeds.Policy]
    /// Whether the policy's file is not what the document names.
    var isPolicyAltered = false
    var verdicts: [Deeds.Verdict] = []
    var statements: [Deeds.Statement] = []
    /// Of people, by their numbers.
    var peopleKeys = Array(repeating: Deeds.Key(), count: 5)
    /// What hosts signed, in the order in which it happened.
    var events: [Deeds.Event] = []
    /// Whether an operator has halted the host.
    var isHalted = false
    /// Numbers of orders whose promotion was taken back for its health.
    var takenBack: Set<Int> = []
    /// The highest number of an order that the host refused: it was answered, and is not answered again.
    var refused = 0
    /// Bundles that came in force, the first one first.
    var revisions: [(order: Deeds.Order, time: Int)] = []

    init(policies: [Deeds.Policy]) { self.policies = policies }

    static let costs = [2, 1, 0, 2]
    /// Two clocks may differ so much: a host's, and those of people.
    static let tolerance = 300, statementTolerance = 60

    var running: Deeds.Order? { revisions.last?.order }
    /// The highest number of an order that the host answered.
    var answered: Int { max(refused, running?.counter ?? 0) }
    /// The next number lies at most so far above the last.
    static let step = 1_000_000

    // MARK: Keys

    /// Whether the document says that a key may do now what its role is.
    static func mayAct(_ key: Int, _ role: ClosedRange<Int>, _ document: Deeds.Document, at time: Int) -> Bool {
        guard role.contains(key) else { return false }
        let entry = document.keys[key]
        return !entry.isGone && !entry.isRevoked && (entry.end.map { time < $0 } ?? true)
    }

    /// Whether the document names the key at all.
    static func isKnown(_ key: Int, _ document: Deeds.Document) -> Bool {
        key == Deeds.host || (document.keys.indices.contains(key) && !document.keys[key].isGone)
    }

    /// Named by this document or one before it, of which the last one does not say that its word was taken back.
    static func isUnrevoked(_ key: Int, _ document: Deeds.Document, _ earlier: [Deeds.Document]) -> Bool {
        guard let last = ([document] + earlier.reversed()).first(where: { isKnown(key, $0) }) else { return false }
        return key == Deeds.host || !last.keys[key].isRevoked
    }

    // MARK: Documents

    /// Two people of the root keys have to sign, and a counter only grows.
    static func accepts(_ next: Deeds.Document, after known: Deeds.Document) -> Bool {
        var people: Set<String> = []
        if !next.signers.isDisjoint(with: [0, 1]) { people.insert("rita") }
        if next.signers.contains(2) { people.insert("sam") }
        return next.counter > known.counter && people.count >= 2
    }

    // MARK: People

    /// Statements of a version by people who are known, which say what they are filed as, in the order of their dates.
    private func said(_ version: Int) -> [Deeds.Statement] {
        statements.filter { statement in
            statement.filed == version && statement.subject == version && statement.weights == version
                && peopleKeys.indices.contains(statement.key) && !peopleKeys[statement.key].isRevoked
        }.sorted { $0.time < $1.time }
    }

    /// Whether a key was good at a moment, and what it signed is not dated ahead of it.
    private func holds(_ statement: Deeds.Statement, at moment: Int) -> Bool {
        (peopleKeys[statement.key].end.map { moment < $0 } ?? true)
            && statement.time <= moment + Law.statementTolerance
    }

    /// Everybody's last word counts. Who made the model cannot approve it. A no is of the weights, whatever policy it
    /// names, and for good once it was said while the key was good, whatever a clock says. A yes takes back a no under
    /// its own policy or the one asked for, also after its key has ended; it counts while the key is good, under the
    /// policy that is asked for.
    func people(_ version: Int, _ policy: Int, strategy: Int) -> (approvals: Int, isRejected: Bool) {
        let rules = policies[policy], back = takenBack(version, strategy: strategy)
        var last: [String: Deeds.Statement] = [:]
        for statement in said(version) where statement.kind != .waiver {
            let person = Deeds.persons[statement.key]
            if statement.kind == .rejection {
                if peopleKeys[statement.key].end.map({ min(statement.time, now) < $0 }) ?? true {
                    last[person] = statement
                }
                continue
            }
            if rules.approvals != nil, person == "dave" { continue }
            let isGood = holds(statement, at: now)
            if isGood, statement.policy == policy, statement.time > back ?? .min {
                last[person] = statement
            } else if isGood || holds(statement, at: statement.recorded), let no = last[person], no.kind == .rejection,
                statement.policy == policy || statement.policy == no.policy
            {
                last[person] = nil
            }
        }
        let approving = last.filter { $0.value.kind == .approval && (!rules.needsRisk || $0.key != "carl") }
        return (approving.count, last.values.contains { $0.kind == .rejection })
    }

    /// Somebody of risk who did not make the model waived this one rule, for at most thirty days that are not over.
    func isWaived(_ rule: Deeds.Rule, _ version: Int, _ policy: Int, strategy: Int) -> Bool {
        guard policies[policy].isWaivable else { return false }
        let back = takenBack(version, strategy: strategy)
        return said(version).contains {
            $0.kind == .waiver && holds($0, at: now) && $0.policy == policy && $0.rule == rule && $0.time > back ?? .min
                && now < $0.end
                && $0.end - $0.time <= 30 * Deeds.day
                && !["carl", "dave"].contains(Deeds.persons[$0.key])
        }
    }

    /// When a version was last rolled back; what people said for it before does not count. A rollback takes back what
    /// came in force since its target last was; where both are the same weights, only the strategy that it leaves.
    func takenBack(_ version: Int, strategy: Int) -> Int? {
        var way: [Deeds.Manifest] = [], last: Int?
        for (order, time) in revisions {
            let manifest = order.manifest
            if order.isRollback, let target = way.lastIndex(where: { $0.isSameModel(as: manifest) }) {
                for old in way[(target + 1)...] where old.version == version {
                    if manifest.version != version || old.strategy == strategy { last = max(last ?? time, time) }
                }
                way = Array(way[...target])
            } else if way.last?.isSameModel(as: manifest) != true {
                way.append(manifest)
            }
        }
        return last
    }

    private func approvalsHold(_ version: Int, _ policy: Int, strategy: Int) -> Bool {
        guard let count = policies[policy].approvals else { return true }
        let said = people(version, policy, strategy: strategy)
        return said.approvals >= count && !said.isRejected
    }

    // MARK: The gate

    /// Whether the gate lets a version pass now, and by which waivers.
    func judge(_ version: Int, _ policy: Int, strategy: Int, failing: Set<Deeds.Rule>) -> (
        isPassed: Bool, waived: [Deeds.Rule]
    ) {
        let rules = policies[policy]
        var broken = failing.intersection([.ic, .hits])
        if !approvalsHold(version, policy, strategy: strategy) { broken.insert(.approvals) }
        if rules.freeze?.contains(now) == true { broken.insert(.freeze) }
        // Who said no takes it back; nobody waives it.
        let isRejected = people(version, policy, strategy: strategy).isRejected
        let waived = broken.filter {
            isWaived($0, version, policy, strategy: strategy) && !($0 == .approvals && isRejected)
        }
        return (waived.count == broken.count, Deeds.Rule.allCases.filter(waived.contains))
    }

    // MARK: Promotions

    /// What the environment says of a wish to promote.
    func answer(_ manifest: Deeds.Manifest, promoter: Int) -> Answer {
        if let running, running.manifest.isSameModel(as: manifest), running.share == manifest.share,
            running.document == document.id, !takenBack.contains(running.counter)
        {
            return .standing
        }
        var reasons: Set<Reason> = []
        if now >= document.end { reasons.insert(.documentEnded) }
        if document.freeze?.contains(now) == true { reasons.insert(.frozen) }
        if !Law.mayAct(promoter, Deeds.promoters, document, at: now) { reasons.insert(.promoterKey) }
        // The newest one about exactly this counts, whatever it says, of those that a good gate signed, and of refusals
        // by a gate that was good then.
        let own = verdicts.filter {
            $0.filed == manifest.version && $0.weights == manifest.version && $0.subject == manifest.version
                && $0.isLive
        }
        let newest = own.filter {
            Law.mayAct($0.signer, Deeds.gates, document, at: now) || !$0.isPassed && wasGate($0)
        }.max { $0.time < $1.time }
        guard let newest else {
            return .reasons(reasons.union([own.contains { Law.isKnown($0.signer, document) } ? .gateKey : .noVerdict]))
        }
        if newest.isAltered { return .reasons(reasons.union([.alteredReport])) }
        return .reasons(reasons.union(objections(manifest, newest)))
    }

    /// Whether a gate's key that nobody revoked signed while it was good: before its end, and before it was taken out.
    private func wasGate(_ verdict: Deeds.Verdict) -> Bool {
        let documents = earlier + [document], key = verdict.signer
        guard Deeds.gates.contains(key), let last = documents.lastIndex(where: { Law.isKnown(key, $0) }) else {
            return false
        }
        let entry = documents[last].keys[key]
        guard !entry.isRevoked, entry.end.map({ verdict.time < $0 }) ?? true else { return false }
        return last + 1 == documents.count || verdict.time < since[last + 1]
    }

    private func objections(_ manifest: Deeds.Manifest, _ verdict: Deeds.Verdict) -> Set<Reason> {
        var reasons: Set<Reason> = []
        func require(_ holds: Bool, _ reason: Reason) { if !holds { reasons.insert(reason) } }
        require(verdict.isPassed, .failed)
        require(verdict.policy == document.policy, .otherPolicy)
        require(verdict.strategy == manifest.strategy, .otherStrategy)
        require(manifest.strategy != 3, .limits)
        require(Law.costs[manifest.strategy] >= document.floor, .costs)
        let policy = document.policy, rules = policies[policy]
        let days = min(document.verdictDays, rules.validDays)
        let back = takenBack(manifest.version, strategy: manifest.strategy) ?? .min
        require(now >= verdict.time && now < verdict.time + days * Deeds.day && verdict.time > back, .age)
        require(!isPolicyAltered, .policyFile)
        reasons.formUnion(peopleObjections(manifest, verdict))
        require(
            running?.manifest.version == verdict.incumbent || running?.manifest.version == manifest.version,
            .incumbent)
        let hours = max(document.canaryHours ?? 0, rules.canaryHours ?? 0)
        if hours > 0, manifest.share == 100 || (document.canaryHours != nil && manifest.share > document.canaryShare) {
            let most = document.canaryHours == nil ? 99 : document.canaryShare
            require(canaryTime(manifest, most: most, takenBack: takenBack, until: now) >= hours * 3600, .canary)
        }
        return reasons
    }

    private func peopleObjections(_ manifest: Deeds.Manifest, _ verdict: Deeds.Verdict) -> Set<Reason> {
        let policy = document.policy, version = manifest.version, strategy = manifest.strategy
        var reasons: Set<Reason> = []
        let said = people(version, policy, strategy: strategy)
        if let count = policies[policy].approvals {
            if said.approvals < count, !isWaived(.approvals, version, policy, strategy: strategy) {
                reasons.insert(.approvals)
            }
        }
        if said.isRejected { reasons.insert(.rejected) }
        if policies[policy].freeze?.contains(now) == true, !isWaived(.freeze, version, policy, strategy: strategy) {
            reasons.insert(.policyFreeze)
        }
        if verdict.waived.contains(where: { !isWaived($0, version, policy, strategy: strategy) }) {
            reasons.insert(.waiver)
        }
        return reasons
    }
}
