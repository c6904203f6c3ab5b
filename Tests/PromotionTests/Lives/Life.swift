import Basics

/// One random life of an environment, told to ``Law`` and to ``LifeWorld`` at once, and every decision compared.
struct Life {
    /// What lives gave.
    struct Tally {
        /// Decisions on which the two differ, a sentence each; only the first of a life, which ends there.
        var differences: [String] = []
        var standing = 0, allowed = 0, taken = 0, rollbacks = 0, steps = 0
        /// How often one rule alone refused a promotion, a host one bundle, a document its signatures.
        var decisive: [String: Int] = [:]

        mutating func add(_ other: Tally) {
            differences += other.differences
            standing += other.standing
            allowed += other.allowed
            taken += other.taken
            rollbacks += other.rollbacks
            steps += other.steps
            decisive.merge(other.decisive, uniquingKeysWith: +)
        }
    }

    private let place: String
    var random: SeededRandom
    var law: Law
    var world: LifeWorld
    var tally = Tally()
    /// Documents by what names them.
    var documents: [Deeds.DocumentID: Deeds.Document] = [:]
    /// Orders that left, whether they came in force or not.
    var sent: [Deeds.Order] = []
    private var usedTimes: Set<Int> = []

    /// - Parameter steps: things that happen, each of which may be a few.
    static func run(seed: UInt64, steps: Int = 16) throws -> Tally {
        var life = try Life(seed: seed)
        for _ in 0..<steps where life.tally.differences.isEmpty { try life.step() }
        return life.tally
    }

    private init(seed: UInt64) throws {
        place = "seed \(seed)"
        random = SeededRandom(seed: seed)
        var policy = Deeds.Policy(approvals: [1, 1, 2, nil][random.index(below: 4)])
        policy.validDays = [5, 4][random.index(below: 2)]
        if random.index(below: 6) == 0 { policy.canaryHours = 3 }
        if random.index(below: 3) == 0 { policy.freeze = 3600..<10_800 }
        var other = Deeds.Policy(approvals: 1)
        (other.needsRisk, other.isWaivable) = (false, random.index(below: 2) == 0)
        var document = Deeds.Document()
        document.end = [20, 20, 3, 1][random.index(below: 4)] * Deeds.day
        if random.index(below: 4) == 0 { document.canaryHours = 2 }
        law = Law(policies: [policy, other])
        (law.document, law.hostDocument) = (document, document)
        world = try LifeWorld(policies: law.policies, document: document)
        documents[document.id] = document
        // Most lives begin well, so that something comes in force.
        if random.index(below: 5) > 0 {
            for version in 1...2 {
                try approve(version)
                try judge(version)
            }
            try promote(Deeds.Manifest(version: 1, share: pick([100, 50])), promoter: 2)
        }
    }

    // MARK: Choosing

    mutating func pick<Value>(_ values: [Value]) -> Value { values[random.index(below: values.count)] }
    mutating func isOne(in count: Int) -> Bool { random.index(below: count) == 0 }

    mutating func differ(_ what: String) {
        tally.differences.append("\(place), step \(tally.steps), second \(law.now): \(what)")
    }

    /// Both clocks go on.
    mutating func wait(_ seconds: Int) {
        law.now += seconds
        law.hostNow += seconds
    }

    /// A second at which nobody signed anything yet: two texts of one moment have no order.
    mutating func moment() -> Int {
        wait(1)
        while !usedTimes.insert(law.now).inserted { wait(1) }
        return law.now
    }

    /// That moment, or the next one at which nobody signed anything.
    mutating func claim(_ time: Int) -> Int {
        var time = time
        while !usedTimes.insert(time).inserted { time += 1 }
        return time
    }

    // MARK: Steps

    private mutating func step() throws {
        tally.steps += 1
        switch random.index(below: 28) {
        case 0: try judge(pick([1, 2, 3]))
        case 1: try say(.approval, pick([1, 2, 3]))
        case 2: try say(.rejection, pick([1, 2, 3]))
        case 3: try say(.waiver, pick([1, 2, 3]))
        case 4: changePeopleKey()
        case 5, 6: try renew()
        case 7: wait(pick([60, 600, 3600, 7300, Deeds.day]))
        case 8: stepClocks()
        case 9: halt()
        case 10, 11: try rollBack()
        case 12: try deliver()
        case 13, 14: try forge()
        case 15: law.isPolicyAltered = isOne(in: 4)
        case 16, 17, 18, 19: try succeed()
        case 20, 21, 22: try atEdge()
        case 23: run()
        case 24: failHealth()
        default: try promote(wish(), promoter: isOne(in: 8) ? pick([5, 0, 3]) : 2)
        }
    }

    /// Bars come, and the host notes it.
    mutating func run() {
        if let running = law.running { world.run(running.counter, at: law.hostNow) }
        law.run()
    }

    /// What is in force does not show its health, and there is nothing to go back to.
    private mutating func failHealth() {
        guard isOne(in: 2) else { return }
        world.failHealth()
        law.failHealth()
    }

    private mutating func stepClocks() {
        let by = pick([-86_400, -3700, -301, -300, -61, -60, -1, 1, 60, 61, 300, 301, 3700])
        if isOne(in: 2) { law.now += by } else { law.hostNow += by }
        // A clock that is set right again.
        if isOne(in: 2) { law.hostNow = law.now }
    }

    private mutating func halt() {
        guard law.running != nil else { return }
        let isHalted = isOne(in: 2)
        world.halt(isHalted, at: law.hostNow)
        law.halt(isHalted)
    }

    /// Something that might well be promoted.
    mutating func wish() -> Deeds.Manifest {
        var wish = Deeds.Manifest(share: pick([100, 100, 50, 25, 75]), edition: pick([0, 1]))
        if let verdict = law.verdicts.last(where: \.isPassed), !isOne(in: 4) {
            (wish.version, wish.strategy) = (verdict.filed, verdict.strategy)
        } else {
            (wish.version, wish.strategy) = (pick([1, 2, 3]), pick([0, 0, 1, 2, 3]))
        }
        if isOne(in: 12) { wish.strategy = pick([0, 1, 2, 3]) }
        return wish
    }

    /// Another version than runs is approved, judged against it and promoted at once, as people do it.
    private mutating func succeed() throws {
        let version = law.running?.manifest.version == 1 ? 2 : 1
        try approve(version)
        try judge(version)
        if isOne(in: 2) { try stepAside() }
        guard let verdict = law.verdicts.last else { return }
        let manifest = Deeds.Manifest(
            version: version, strategy: verdict.strategy, share: pick([100, 100, 50]), edition: pick([0, 1]))
        try promote(manifest, promoter: pick([2, 2, 2, 3]))
        if manifest.share < 100, isOne(in: 2) {
            run()
            for part in pick([[3600, 3599], [3600, 3600], [1800, 3600, 3600], [3601, 3600], [7200]]) {
                wait(part)
                if !isOne(in: 12) { run() }
            }
            if isOne(in: 8) { failHealth() }
            try promote(
                Deeds.Manifest(version: version, strategy: verdict.strategy, edition: manifest.edition), promoter: 2)
        }
    }

    /// One thing between the verdict and the promotion.
    private mutating func stepAside() throws {
        if let verdict = law.verdicts.last, !verdict.waived.isEmpty, isOne(in: 2),
            let waiver = law.statements.last(where: { $0.kind == .waiver })
        {
            return wait(max(0, waiver.end - law.now + pick([-1, 0, 0])))
        }
        switch random.index(below: 7) {
        case 0: try say(.rejection, law.verdicts.last?.filed ?? 1)
        case 1: changePeopleKey()
        case 2: try renew()
        case 3: try judge(law.verdicts.last?.filed ?? 1)
        case 4: try forge()
        case 5: law.isPolicyAltered = true
        default: wait(pick([3600, Deeds.day, 4 * Deeds.day]))
        }
    }

    /// The second before, of or after something begins or ends; then somebody asks.
    private mutating func atEdge() throws {
        let near = law.edges.filter { $0 > law.now - 3600 && $0 < law.now + 6 * Deeds.day }
        guard !near.isEmpty else { return }
        let time = pick(near) + pick([-1, 0, 0, 0, 1])
        wait(time - law.now)
        law.hostNow = law.now
        switch random.index(below: 8) {
        case 0, 1: return try deliver()
        case 2: return try forge()
        case 3: return try rollBack()
        default: break
        }
        if isOne(in: 2) { run() }
        // Before it asks, an ended document is followed by the next.
        if law.now >= law.document.end, isOne(in: 2) { try renew() }
        try promote(wish(), promoter: pick([2, 2, 2, 3]))
    }
}
