package import Basics
package import ModelBundles

/// What an order says of itself: where it belongs, its number, its time.
extension Admission {
    /// What brings an order here again: a rollback is never promoted.
    private func anew(_ order: DeploymentOrder) -> String {
        order.action == .rollback
            ? "order the rollback again: hftml rollback \(environment) --reason TEXT --key KEY" : again
    }

    func checkPlace(_ order: DeploymentOrder, _ terms: ModelBundle.Terms) throws {
        guard order.environment == environment, document.name == environment else {
            throw Failure(
                "admission.environment", "found an order for '\(order.environment)', this is '\(environment)'",
                hint: anew(order))
        }
        // Several hosts may trade under one document, each what was ordered for it.
        guard order.host == nil || host == nil || order.host == host else {
            throw Failure(
                "admission.environment",
                "found an order for the host \(order.host ?? ""), this is \(host ?? "")",
                hint: anew(order))
        }
        guard order.manifest == terms.manifestDigest, order.limits == terms.limitsDigest,
            order.verdict == terms.verdict.payloadDigest
        else {
            throw Failure(
                "admission.mismatch", "found an order for another bundle than the one that carries it",
                hint: anew(order))
        }
        let last = history.spentCounter
        guard order.counter > last else {
            throw Failure(
                "admission.counter",
                last == history.lastCounter
                    ? "found an order with the counter \(order.counter), the last in force here was \(last)"
                    : "found an order with the counter \(order.counter), and \(last) was refused or withdrawn here",
                hint: "an older bundle comes back by a rollback alone: hftml rollback \(environment) --reason TEXT")
        }
        guard order.counter - last <= DeploymentOrder.longestStep else {
            throw Failure(
                "admission.counter",
                "found an order with the counter \(order.counter), too far above the last one, \(last)",
                hint: anew(order))
        }
    }

    /// Not of what makes an order one of this environment: an order that rests on a document which is not here yet is
    /// answered with no as well, and spends its number.
    func checkAuthority(_ order: DeploymentOrder) throws {
        guard order.authority.counter < document.counter || order.authority.digest == authority.digest else {
            throw Failure(
                "admission.authority",
                "found an order that rests on document \(order.authority.counter) "
                    + "(\(order.authority.digest.prefix(12))), the newest here is \(document.counter) "
                    + "(\(authority.digest.prefix(12)))",
                hint: "hand the newest document over: copy authority.json to inbox/\(environment).authority.json")
        }
    }

    /// A promotion is for the place in the history that it was ordered at: a host that came back from an older copy, or
    /// where something else came in force meanwhile, takes it no more. A rollback makes safe wherever it comes.
    func checkPrevious(_ order: DeploymentOrder) throws {
        guard order.previous != .unknown, order.previous != DeploymentOrder.Previous(history.current) else { return }
        var follows = "nothing"
        if case .revision(let counter, _) = order.previous { follows = "revision \(counter)" }
        throw Failure(
            "admission.previous",
            "found an order that follows \(follows), and "
                + (history.current.map { "revision \($0.counter) (\($0.bundle.prefix(12))) is in force" }
                    ?? "nothing was ever in force") + " in '\(environment)'", hint: again)
    }

    func checkTime(_ order: DeploymentOrder, at now: Nanoseconds) throws {
        try requirePast(order.time, "an order", at: now, next: anew(order))
        let days = Int64(saturating: document.deploymentDays * 86_400_000_000_000)
        let end = min(order.expiresAt, order.time.saturatingPlus(days))
        guard now < end else {
            throw Failure(
                "admission.expired", "found an order that expired at \(TimeText.seconds(end))", hint: anew(order))
        }
    }

    func checkClock(_ now: Nanoseconds) throws {
        guard now.saturatingPlus(Admission.clockTolerance) < seen else { return }
        throw Failure(
            "admission.clock",
            "found the clock at \(TimeText.utc(now)), and this host has seen \(TimeText.utc(seen))",
            hint:
                "set the clock right; if it was ahead then, sign the next document, which says what time it is: hftml "
                + "environments sign \(environment) --as KEY --renew")
    }

    func requirePast(_ time: Nanoseconds, _ what: String, at now: Nanoseconds, next: String) throws {
        guard time <= now.saturatingPlus(Admission.clockTolerance) else {
            throw Failure(
                "admission.future", "found \(what) dated \(TimeText.utc(time)), which is ahead of \(TimeText.utc(now))",
                hint: "set the clocks of both machines right, for example with chrony, then " + next)
        }
    }

    /// The number of an order that this environment was really given, whatever the answer is: once it was answered it
    /// is spent, so that what was refused today does not come in force tomorrow, by a copy that somebody kept.
    ///
    /// - Returns: nil for what no key with the role `promoter` has ordered here.
    package func asked(_ bundle: ModelBundle, at now: Nanoseconds) -> Int? {
        let role = EnvironmentAuthority.Role.promoter, now = max(now, seen)
        guard let terms = bundle.terms, document.objection(to: terms.deployment, role: role, at: now) == nil,
            let order = try? DeploymentOrder(terms.deployment), (try? checkPlace(order, terms)) != nil
        else { return nil }
        return order.counter
    }
}
