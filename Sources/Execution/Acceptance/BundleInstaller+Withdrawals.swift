import Basics
import Deployment
import ModelBundles

/// Orders that are answered without coming into force: taken back, or refused.
extension BundleInstaller {
    /// Takes withdrawals from the inbox; from then on neither their orders nor lower ones come into force.
    func takeWithdrawals(_ authority: AuthorityEnvelope, _ look: inout Look) throws {
        let suffix = Withdrawal.suffix, now = look.time
        try work(through: suffix, try entries(suffix), most: Withdrawal.mostBytes, &look) { file, _ in
            let envelope = try Envelope(String(decoding: file.bytes, as: UTF8.self))
            let role = EnvironmentAuthority.Role.promoter
            if let objection = authority.authority.objection(to: envelope, role: role, at: now) {
                throw Failure(
                    "withdrawal.key", "found a withdrawal that does not count: \(objection)",
                    hint: "let a key with the role promoter withdraw: hftml deployments withdraw \(directory.name)")
            }
            let receipt = try answer(try Withdrawal(envelope), at: now)
            return receipt.map { [$0] } ?? []
        }
    }

    private var withdrawHere: String {
        "withdraw where the promotion is under way: hftml deployments withdraw \(directory.name)"
    }

    /// - Returns: nil where the order came into force before, or was withdrawn before.
    private func answer(_ withdrawal: Withdrawal, at now: Nanoseconds) throws -> Receipt? {
        guard withdrawal.environment == directory.name else {
            throw Failure(
                "withdrawal.environment",
                "found a withdrawal in '\(withdrawal.environment)', this is '\(directory.name)'", hint: withdrawHere)
        }
        // Several hosts may trade under one document: what is taken back at one spends no number of another.
        let own = host.key.publicKey.id
        guard withdrawal.host == nil || withdrawal.host == own else {
            throw Failure(
                "withdrawal.environment",
                "found a withdrawal for the host \(withdrawal.host ?? ""), this is \(own)", hint: withdrawHere)
        }
        let history = try host.view.history(), counter = withdrawal.counter
        // It came too late: taking out what is in force is a rollback.
        guard history[counter] == nil else { return nil }
        guard counter - history.spentCounter <= DeploymentOrder.longestStep else {
            throw Failure(
                "withdrawal.counter",
                "found a withdrawal of order \(counter), too far above the last one, \(history.spentCounter)",
                hint: withdrawHere)
        }
        try spend(counter)
        let name = "withdrawn-\(counter)-\(withdrawal.bundle.prefix(12)).json"
        guard !host.hasReceipt(name, of: withdrawal.bundle) else { return nil }
        return try host.write(
            Receipt(
                environment: directory.name, outcome: .withdrawn, bundle: withdrawal.bundle, counter: counter,
                reason: withdrawal.reason.isEmpty ? nil : withdrawal.reason, person: withdrawal.person, time: now),
            as: name)
    }

    /// Remembers that an order was answered.
    ///
    /// - Parameter time: when it was signed, where that is known.
    func spend(_ counter: Int, orderedAt time: Nanoseconds? = nil) throws {
        var history = try host.view.history()
        guard counter > history.spentCounter else { return }
        history.spend(counter)
        if let time { history.note(ordered: time, at: max(clock.now(), try host.view.seen())) }
        try AtomicFile.write(history.json.text(.pretty) + "\n", to: directory.stateFile)
    }

    /// Spends the numbers of orders that this host has signed an answer to: a memory that is older than its own
    /// receipts does not take what it refused, or what was taken back, a second time.
    ///
    /// - Returns: the numbers that the memory did not have.
    /// - Throws: ``Failure`` with code `runtime.state` where a receipt says that a revision came in force of which the
    ///   memory knows nothing: a later one, or one in between that somebody left out.
    func recall() throws -> Set<Int> {
        let own = OwnReceipts(host), history = try host.view.history()
        if let lost = try own.missing(in: history) { throw lost }
        var found: Set<Int> = []
        let reach = FormerReach(host.view, history)
        // Names say which are worth a signature's check; all others are of numbers that are spent.
        for answer in try own.answers() where !answer.isRevision && answer.number > history.spentCounter {
            if try own.receipt(answer, reach) != nil { found.insert(answer.number) }
        }
        if let highest = found.max() { try spend(highest) }
        return found
    }
}
