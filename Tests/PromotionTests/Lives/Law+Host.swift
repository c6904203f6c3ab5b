/// What a host takes, and what a rollback leads to.
extension Law {
    /// Why a host does not take a bundle; the test counts how often one alone decides.
    enum Refusal: String, CaseIterable {
        case clock, previous
        case documentEnded, orderKey, makerKey, place, names, counter, document, expired, ahead, verdictKey, other
        case failed, limits, share, reason, unknownRollback, policy, old, costs, canary, frozen
    }

    /// Everything that speaks against a bundle at a place that knows a document and has a time.
    func refusals(_ order: Deeds.Order, atHost: Bool) -> Set<Refusal> {
        let document = atHost ? hostDocument : document, earlier = atHost ? hostEarlier : earlier
        let clock = atHost ? hostNow : now, time = atHost ? max(clock, hostSeen) : clock
        var found: Set<Refusal> = []
        func require(_ holds: Bool, _ refusal: Refusal) { if !holds { found.insert(refusal) } }
        let manifest = order.manifest, verdict = order.verdict, isRollback = order.isRollback
        // What takes back a bad version is done all the same.
        require(isRollback || clock + Law.tolerance >= time, .clock)
        require(isRollback || order.previous == running?.counter, .previous)
        require(time < document.end || isRollback, .documentEnded)
        require(Law.mayAct(order.signer, Deeds.promoters, document, at: time), .orderKey)
        require(order.isLive, .place)
        require(order.mismatch == .none, .names)
        require(order.counter > answered && order.counter <= answered + Law.step, .counter)
        require(
            order.document.counter < document.counter || order.document == document.id,
            .document)
        require(order.time <= time + Law.tolerance, .ahead)
        require(time < min(order.end, order.time + document.orderDays * Deeds.day), .expired)
        require(
            verdict.weights == manifest.version && verdict.subject == manifest.version && verdict.isLive
                && verdict.strategy == manifest.strategy, .other)
        require(verdict.isPassed, .failed)
        require(manifest.strategy != 3, .limits)
        // Of four instruments; a canary has one at least.
        let isCanary = manifest.share < 100
        require(
            (order.share < 100) == isCanary && (!isCanary || max(1, manifest.share / 25) <= max(1, order.share / 25)),
            .share)
        if isRollback {
            require(Law.isUnrevoked(order.maker, document, earlier), .makerKey)
            require(Law.isUnrevoked(verdict.signer, document, earlier), .verdictKey)
            require(order.hasReason, .reason)
            // Back along the way that led here, never forward to what was taken back.
            require(
                steps.dropLast().contains { $0.manifest == manifest } && running?.manifest != manifest,
                .unknownRollback)
        } else {
            require(Law.mayAct(order.maker, Deeds.promoters, document, at: time), .makerKey)
            require(Law.mayAct(verdict.signer, Deeds.gates, document, at: time), .verdictKey)
            require(verdict.policy == document.policy, .policy)
            require(verdict.time <= time + Law.tolerance, .ahead)
            require(time < verdict.time + document.verdictDays * Deeds.day, .old)
            // Known to the host itself, whatever became of its receipts.
            require(verdict.time > takenBack(manifest.version, strategy: manifest.strategy) ?? .min, .old)
            require(Law.costs[manifest.strategy] >= document.floor, .costs)
            require(hostCanary(order, document, at: time), .canary)
            require(document.freeze?.contains(time) != true, .frozen)
        }
        return found
    }

    /// More than a canary needs a canary before it. The host does not know what became of a promotion afterwards.
    private func hostCanary(_ order: Deeds.Order, _ document: Deeds.Document, at time: Int) -> Bool {
        guard let hours = document.canaryHours, order.share > document.canaryShare else { return true }
        return canaryTime(order.manifest, most: document.canaryShare, takenBack: [], until: time) >= hours * 3600
    }

    /// The longest time in which bars came, an hour apart at most, of a version and strategy that traded a share that
    /// counts as a canary, without another one in force and without a halt; from the last rollback on, and from the
    /// last promotion taken back on. By a clock that was set, only the time in which it was in force counts.
    /// A clock that ran back takes back what lies ahead of it.
    func canaryTime(_ manifest: Deeds.Manifest, most: Int, takenBack: Set<Int>, until time: Int) -> Int {
        var longest = 0, traded = 0, span: (from: Int, to: Int, end: Int)?, isOurs = false, isHalted = false, begun = 0
        // When what was in force at an event was replaced.
        var ends: [Int] = [], end = time
        for event in events.reversed() {
            ends.append(end)
            if event.kind == .inForce { end = min(time, event.time) }
        }
        func close() {
            if let span { traded += max(0, min(span.to, span.end) - max(span.from, begun)) }
            (span, longest) = (nil, max(longest, traded))
        }
        for (event, end) in zip(events, ends.reversed()) {
            switch event.kind {
            case .inForce:
                close()
                let isBad = takenBack.contains(event.order.counter)
                if event.order.isRollback || isBad { (longest, traded) = (0, 0) }
                isOurs = !isBad && event.order.manifest.isSameModel(as: manifest) && event.order.share <= most
                if !isOurs { traded = 0 }
                begun = event.time
            case .halted:
                close()
                (isHalted, traded) = (true, 0)
            case .resumed: isHalted = false
            case .ran where isOurs && !isHalted:
                if let last = span, event.time - last.to <= 3600 {
                    span = (last.from, max(last.from, event.time), end)
                } else {
                    close()
                    span = (event.time, event.time, end)
                }
            case .ran: break
            }
        }
        close()
        return longest
    }

    /// Bars came, where trading is not halted.
    mutating func run() {
        guard let running, !isHalted else { return }
        events.append(Deeds.Event(kind: .ran, order: running, time: hostNow))
    }

    /// The health rule says no to what is in force; there may be nothing before it.
    mutating func failHealth() { if let running { takenBack.insert(running.counter) } }

    mutating func halt(_ isHalted: Bool) {
        guard let running else { return }
        events.append(Deeds.Event(kind: isHalted ? .halted : .resumed, order: running, time: hostNow))
        self.isHalted = isHalted
    }

    /// A host never forgets the latest time that it has seen.
    mutating func look() { hostSeen = max(hostSeen, hostNow) }

    /// Root keys say what time it is, where the clock is behind what was seen; it is not before any order that the host
    /// has answered.
    mutating func believe(_ next: Deeds.Document) {
        if hostNow + Law.tolerance < hostSeen { hostSeen = min(hostSeen, max(next.drawnUp, ordered)) }
    }

    /// The time of an order that is answered now, where it is not dated ahead.
    private mutating func remember(_ order: Deeds.Order) {
        ordered = max(ordered, min(order.time, max(hostNow, hostSeen)))
    }

    /// What a promoter really ordered here is answered when the host has said no.
    mutating func refuse(_ order: Deeds.Order, for refusals: Set<Refusal>) {
        if refusals.isDisjoint(with: [.orderKey, .place, .names, .counter]) {
            refused = order.counter
            remember(order)
        }
    }

    mutating func install(_ order: Deeds.Order) {
        revisions.append((order, hostNow))
        remember(order)
        events.append(Deeds.Event(kind: .inForce, order: order, time: hostNow))
    }

    // MARK: Rollbacks

    /// The way that led to what is in force, without what was taken back: a promotion of something else is a step, a
    /// rollback to a step takes back all after it.
    private var steps: [Deeds.Order] {
        var steps: [Deeds.Order] = []
        for (order, _) in revisions {
            if order.isRollback, let back = steps.lastIndex(where: { $0.manifest == order.manifest }) {
                steps.removeSubrange((back + 1)...)
            } else if steps.last?.manifest != order.manifest {
                steps.append(order)
            }
        }
        return steps
    }

    /// What a rollback leads to: the last step of another version or strategy; nil where there is none.
    var previous: Deeds.Manifest? {
        guard let running else { return nil }
        return steps.dropLast().last { !$0.manifest.isSameModel(as: running.manifest) }?.manifest
    }

    // MARK: Moments

    /// Moments at which something begins or ends to be allowed.
    var edges: [Int] {
        var found: [Int] = []
        for document in [document, hostDocument] {
            found += [document.end] + document.keys.compactMap(\.end)
            found += [document.freeze?.lowerBound, document.freeze?.upperBound].compactMap { $0 }
            for verdict in verdicts.suffix(4) {
                let days = min(document.verdictDays, policies[document.policy].validDays)
                found += [
                    verdict.time, verdict.time + days * Deeds.day, verdict.time + document.verdictDays * Deeds.day,
                ]
            }
            let hours = [document.canaryHours, policies[document.policy].canaryHours].compactMap { $0 }
            for event in events.suffix(4) { found += hours.map { event.time + $0 * 3600 } }
        }
        for statement in statements.suffix(6) {
            found.append(statement.kind == .waiver ? statement.end : statement.time - Law.statementTolerance)
        }
        for policy in policies { found += [policy.freeze?.lowerBound, policy.freeze?.upperBound].compactMap { $0 } }
        return found + peopleKeys.compactMap(\.end)
    }
}
