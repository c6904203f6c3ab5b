import Basics
import Deployment
import ModelBundles
import Promotion

/// What people, gates, promoters and hosts do in a life.
extension Life {
    // MARK: People and gates

    /// As many approvals as the policy of the moment asks for, most of the time.
    mutating func approve(_ version: Int) throws {
        for key in [2, pick([0, 1])].prefix(law.policies[law.document.policy].approvals == 2 ? pick([2, 2, 1]) : 1) {
            try say(.approval, version, by: key, policy: law.document.policy)
        }
    }

    mutating func say(
        _ kind: Deeds.Statement.Kind, _ version: Int, by key: Int? = nil, policy: Int? = nil
    ) throws {
        var statement = Deeds.Statement(kind: kind, filed: version, subject: version, weights: version)
        statement.key = key ?? pick([0, 1, 2, 2, 3, 4, 5])
        statement.policy = policy ?? pick([law.document.policy, law.document.policy, 0, 1])
        statement.time = moment()
        statement.recorded = statement.time
        if key == nil {
            // Replayed on another version, filed elsewhere, dated ahead.
            switch random.index(below: 16) {
            case 0: statement.weights = pick([1, 2, 3])
            case 1: (statement.subject, statement.weights) = (pick([1, 2, 3]), version)
            case 2: statement.time = claim(statement.time + pick([59, 60, 61, 62, 400 * Deeds.day]))
            default: break
            }
        }
        statement.rule = pick(Deeds.Rule.allCases)
        statement.end = statement.time + pick([3600, Deeds.day, 30 * Deeds.day, 30 * Deeds.day + 1, 40 * Deeds.day])
        law.statements.append(statement)
        try world.file(statement)
    }

    mutating func changePeopleKey() {
        let number = random.index(below: 5)
        var key = law.peopleKeys[number]
        if isOne(in: 2) { key.isRevoked = true } else { key.end = law.now + pick([0, 60, Deeds.day]) }
        law.peopleKeys[number] = key
        world.peopleKeys[number] = key
    }

    /// The gate judges, most of the time as it should; some verdicts are made by who may not, or are about something
    /// else.
    mutating func judge(_ version: Int) throws {
        var verdict = Deeds.Verdict(
            id: law.verdicts.count, filed: version, weights: version, subject: version,
            strategy: isOne(in: 8) ? pick([2, 3]) : pick([0, 0, 0, 1]), policy: law.document.policy)
        var failing: Set<Deeds.Rule> = []
        if isOne(in: 3) {
            // Somebody waives first, and then the rule does not hold.
            let rule = pick([Deeds.Rule.ic, .hits, .approvals])
            if rule != .approvals { failing.insert(rule) }
            if !isOne(in: 5) { try waive(isOne(in: 5) ? pick(Deeds.Rule.allCases) : rule, version) }
        }
        verdict.signer = isOne(in: 12) ? pick([2, 4, 5]) : pick([0, 0, 0, 1])
        switch random.index(below: 32) {
        case 0, 1:
            verdict.policy = 1 - verdict.policy
            try say(.approval, version, by: 2, policy: verdict.policy)
        case 2: verdict.isLive = false
        case 3: verdict.isAltered = true
        case 4: verdict.subject = pick([1, 2, 3])
        case 5: verdict.weights = pick([1, 2, 3])
        default: break
        }
        verdict.time = moment()
        let right = law.judge(version, verdict.policy, strategy: verdict.strategy, failing: failing)
        let report = try world.judge(
            version, verdict.policy, strategy: verdict.strategy, failing: failing, at: verdict.time)
        if right.isPassed != report.isPassed || Set(right.waived.map(\.rawValue)) != Set(report.waived),
            right.isPassed
                || report.isPassed
        {
            return differ(
                "the gate gave \(report.isPassed) waiving \(report.waived), expected \(right), by the statements "
                    + "\(law.statements.filter { $0.filed == version }) and keys \(law.peopleKeys): \(report.text)")
        }
        (verdict.isPassed, verdict.waived) = (right.isPassed, right.waived)
        verdict.incumbent = law.running?.manifest.version
        law.verdicts.append(verdict)
        try world.file(verdict, report: report.text)
    }

    private mutating func waive(_ rule: Deeds.Rule, _ version: Int) throws {
        var statement = Deeds.Statement(kind: .waiver, filed: version, subject: version, weights: version)
        (statement.policy, statement.key, statement.rule) = (law.document.policy, pick([0, 2, 2, 3, 4]), rule)
        statement.time = moment()
        statement.recorded = statement.time
        statement.end = statement.time + pick([Deeds.day, 30 * Deeds.day, 30 * Deeds.day + 1])
        law.statements.append(statement)
        try world.file(statement)
    }

    // MARK: Documents

    /// The next document, with one thing changed, signed by some root keys; it may reach the host now, later or never.
    mutating func renew() throws {
        var next = law.document
        next.counter += pick([1, 1, 1, 1, 0])
        next.edition = documents.count
        next.signers = pick([[0, 2], [0, 2], [1, 2], [0, 2], [0, 1, 2], [0, 1], [2], [2, 3], [0, 3]])
        switch random.index(below: 12) {
        case 0, 1: next.keys[random.index(below: 4)].isRevoked = true
        case 2: next.keys[random.index(below: 4)].end = law.now + pick([0, 60, Deeds.day])
        case 3: next.keys[random.index(below: 4)].isGone = true
        case 4: next.end = law.now + pick([3600, Deeds.day, 20 * Deeds.day])
        case 5, 10, 11: next.freeze = isOne(in: 4) ? nil : (law.now + pick([1, 60]))..<(law.now + 7200)
        case 6: next.canaryHours = isOne(in: 3) ? nil : 2
        case 7: next.floor = pick([0, 1, 2, 3])
        case 8: (next.verdictDays, next.orderDays) = (pick([3, 5]), pick([1, 3]))
        default: next.policy = pick([0, 0, 1])
        }
        if next.end <= law.now { next.end = law.now + 20 * Deeds.day }
        // What was lost before is good again, as if it were a new key.
        if isOne(in: 2) {
            next.keys = next.keys.map { law.document.keys.contains($0) && $0 != Deeds.Key() ? Deeds.Key() : $0 }
        }
        documents[next.id] = next
        try offer(next, atHost: false)
        if !isOne(in: 4) { try offer(next, atHost: true) }
        if let freeze = next.freeze, law.hostDocument == next, isOne(in: 2) {
            wait(max(0, pick([freeze.lowerBound, freeze.upperBound]) - law.hostNow))
            try forge()
        }
        // An older one again.
        if isOne(in: 6), let old = documents.values.min(by: { $0.edition < $1.edition }) {
            try offer(old, atHost: isOne(in: 2))
        }
    }

    private mutating func offer(_ document: Deeds.Document, atHost: Bool) throws {
        let known = atHost ? law.hostDocument : law.document
        let expected = Law.accepts(document, after: known) || document.id == known.id
        let found = try world.take(document, atHost: atHost, at: law.now)
        guard found == expected else {
            return differ("document \(document) after \(known.id) was \(found ? "believed" : "refused")")
        }
        if document.counter > known.counter, !expected { tally.decisive["document.signatures", default: 0] += 1 }
        guard found, document.id != known.id else { return }
        if atHost {
            law.believe(document)
            world.believe(at: law.hostNow)
            law.hostEarlier.append(known)
            law.hostDocument = document
        } else {
            law.earlier.append(known)
            law.since.append(law.now)
            law.document = document
        }
    }

    // MARK: Promotions

    /// Somebody asks; what is allowed becomes an order, which the host's own rules look at before it leaves.
    mutating func promote(_ manifest: Deeds.Manifest, promoter: Int) throws {
        let expected = law.answer(manifest, promoter: promoter)
        let found = try world.decide(
            manifest, promoter: promoter, isPolicyAltered: law.isPolicyAltered, at: law.now)
        switch (found, expected) {
        case (.standing, .standing): tally.standing += 1
        case (.refused, .reasons(let reasons)) where !reasons.isEmpty:
            if reasons.count == 1, let reason = reasons.first {
                tally.decisive["promotion.\(reason)", default: 0] += 1
            }
        case (.admitted(let grant), .reasons(let reasons)) where reasons.isEmpty:
            tally.allowed += 1
            let verdict = law.verdicts.last { world.envelopes[$0.id] == grant.verdict }
            let end = min(law.now + law.document.orderDays * Deeds.day, law.document.end)
            guard let verdict, verdict.filed == manifest.version, grant.expiresAt == LifeWorld.time(end) else {
                return differ("\(manifest) was granted by \(verdict as Any) until \(grant.expiresAt)")
            }
            var order = Deeds.Order(manifest: manifest, verdict: verdict, counter: nextCounter)
            (order.share, order.time, order.end) = (manifest.share, law.now, end)
            (order.signer, order.maker, order.document) = (promoter, promoter, law.document.id)
            order.previous = law.running?.counter
            guard try decide(order, atHost: false) else { return }
            sent.append(order)
            if !isOne(in: 5) { try reach(order) }
        default: differ("\(manifest) by key \(promoter): \(words(found)), expected \(expected)")
        }
    }

    private func words(_ decision: PromotionCheck.Decision) -> String {
        switch decision {
        case .standing: "standing"
        case .admitted: "admitted"
        case .refused(let objections): "refused: \(objections.map(\.code).joined(separator: ", "))"
        }
    }

    var nextCounter: Int { (sent.map(\.counter) + [law.answered]).reduce(0, max) + 1 }

    /// Compares what the rules of a host say of a bundle, there or where the order is made.
    private mutating func decide(_ order: Deeds.Order, atHost: Bool) throws -> Bool {
        let time = atHost ? law.hostNow : law.now
        let expected = law.refusals(order, atHost: atHost)
        let bundle = try world.bundle(order, isWhole: isOne(in: 32))
        let code = try world.refusal(bundle, atHost: atHost, at: time)
        guard (code == nil) == expected.isEmpty else {
            differ("\(atHost ? "host" : "research") on \(order): \(code ?? "taken"), expected \(expected)")
            return false
        }
        if expected.count == 1, let refusal = expected.first { tally.decisive["host.\(refusal)", default: 0] += 1 }
        return code == nil
    }

    /// The host looks at it.
    private mutating func reach(_ order: Deeds.Order) throws {
        look()
        let bundle = try world.bundle(order, isWhole: false)
        guard try decide(order, atHost: true) else {
            let refusals = law.refusals(order, atHost: true)
            world.refuse(bundle, at: law.hostNow)
            return law.refuse(order, for: refusals)
        }
        tally.taken += 1
        try world.install(order, bundle, at: law.hostNow)
        law.install(order)
    }

    private mutating func look() {
        law.look()
        world.look(at: law.hostNow)
    }

    /// Something that left before comes to the host, perhaps once more.
    mutating func deliver() throws { if !sent.isEmpty { try reach(pick(sent)) } }

    /// Who can sign and write into the inbox orders what nobody allowed.
    mutating func forge() throws {
        guard let verdict = law.verdicts.last(where: { $0.isPassed && $0.filed == $0.weights }) ?? law.verdicts.last
        else { return }
        let lax = law.verdicts.filter { $0.policy != law.hostDocument.policy && $0.isPassed }
        var order = Deeds.Order(
            manifest: wish(), verdict: isOne(in: 5) ? pick(law.verdicts) : isOne(in: 5) ? lax.last ?? verdict : verdict)
        if !isOne(in: 4) {
            (order.manifest.version, order.manifest.strategy) = (order.verdict.weights, order.verdict.strategy)
        }
        (order.share, order.document) = (order.manifest.share, law.hostDocument.id)
        order.counter = law.answered + 1
        (order.time, order.end) = (law.hostNow, law.hostNow + 2 * Deeds.day)
        order.previous = law.running?.counter
        let setBack = isOne(in: 12) ? pick([300, 301, 3600]) : 0
        switch random.index(below: 12) {
        case 0: order.counter += pick([-1, -2, Law.step - 1, Law.step])
        case 1: order.document = law.document.id
        case 2: order.isLive = false
        case 3: order.share = pick([25, 50, 75, 100])
        case 4: order.time += pick([300, 301, -Deeds.day, -Deeds.day - 1])
        case 5: order.end = law.hostNow + pick([0, 1])
        case 6: order.signer = pick([0, 3, 4, 5])
        case 7: order.maker = pick([0, 3, 4, 5])
        case 8: order.mismatch = pick([.manifest, .verdict, .limits])
        case 9: order.previous = pick([nil, 99])
        default: break
        }
        // Counters begin at 1.
        guard order.counter > 0 else { return }
        if isOne(in: 3), let kept = law.revisions.randomElement(using: &random)?.order {
            (order.manifest, order.verdict, order.share) = (kept.manifest, kept.verdict, kept.share)
            (order.isRollback, order.hasReason) = (true, !isOne(in: 3))
        }
        // Somebody sets the host's clock back, and right again.
        if setBack > 0 { look() }
        law.hostNow -= setBack
        try reach(order)
        law.hostNow += setBack
    }

    // MARK: Rollbacks

    mutating func rollBack() throws {
        let found = try? world.history.rollbackTarget(), expected = law.previous
        let wanted = try expected.map { try LifeBundles.made($0).draft.manifestDigest }
        guard found?.manifest == wanted else {
            return differ("a rollback leads to \(found as Any), expected \(expected as Any)")
        }
        guard let expected, let kept = law.revisions.last(where: { $0.order.manifest == expected })?.order else {
            return
        }
        tally.rollbacks += 1
        var order = kept
        (order.isRollback, order.hasReason, order.counter) = (true, true, nextCounter)
        (order.time, order.end) = (law.now, law.now + law.document.orderDays * Deeds.day)
        (order.signer, order.document, order.mismatch) = (pick([2, 2, 3, 5]), law.document.id, .none)
        sent.append(order)
        try reach(order)
    }
}
