import Basics
import Deployment
import Promotion
import Registry

/// Out of force again.
extension WithdrawPromotion {
    /// Takes a bundle that runs out of force, by a way that passes over what people have rejected, where a key is here
    /// that may order one; the host's own key goes back one step, whatever anybody said of it.
    ///
    /// - Returns: whether the host has signed that something else is in force, or that it is halted where there was
    ///   nothing to go back to.
    static func takeOut(
        _ promotion: PromotionRecord, _ reason: String, _ request: Request, _ files: EnvironmentFiles,
        runtime: RuntimePort, session: Session
    ) throws -> Bool {
        let line = try RollBack.Line(files, session: session)
        let isOrdered = try line.bundles.waitingRollback(line.receipts) != nil && hasOrder(files, session)
        guard (try? line.history.rollbackTarget()) != nil, isOrdered || isWayOpen(line, session: session) else {
            try runtime.halt(files.host.directory, try session.actor(), reason)
            return try wait(request, files, session: session) { $0.halts.last.map { $0.to == nil } ?? false }
        }
        // Its order waits in the inbox: another one would only lie beside it.
        if isOrdered {
            if request.isActivating { try runtime.accept(files.host.directory) }
        } else if let key = try keyPastRejected(line, request, files, session: session) {
            guard try order(promotion, reason, by: key, request, line, runtime: runtime, session: session) else {
                return false
            }
        } else {
            do { try runtime.rollBack(files.host.directory, try session.actor(), reason) } catch let problem
                as any UserFacingError
            {
                // Such as a hole in what the host remembers: a promoter's order names what to go back to.
                guard let key = try? signer(request, files, session: session).name else { throw problem }
                session.caller.conversation.say(
                    "the host of '\(files.name)' does not go back by itself (\(problem.message)): ordering it by the "
                        + "key '\(key)'")
                guard try order(promotion, reason, by: key, request, line, runtime: runtime, session: session) else {
                    return false
                }
            }
        }
        return try wait(request, files, session: session) { receipts in
            // A halt is no answer: whoever resumes trades what is in force.
            guard let newest = receipts.inForce.last else { return false }
            guard let own = promotion.counter, let counter = newest.counter else {
                return newest.bundle != promotion.bundle
            }
            return counter > own
        }
    }

    /// Whether the rollback that was ordered last lies in the inbox.
    private static func hasOrder(_ files: EnvironmentFiles, _ session: Session) throws -> Bool {
        guard let order = try session.registry().rollbackOrder(environment: files.name),
            let counter = order[key: "counter"]?.intValue, let bundle = order[key: "bundle"]?.stringValue
        else { return false }
        return Paths.exists(Paths.join(files.host.inbox, RollBack.fileName(counter, bundle)))
    }

    /// Looks at the receipts until they say so, or until nobody waits any more.
    private static func wait(
        _ request: Request, _ files: EnvironmentFiles, session: Session, _ isOut: (EnvironmentReceipts) throws -> Bool
    ) throws -> Bool {
        let deadline = Deadline(seconds: request.wait)
        while true {
            try CollectReceipts.run(files, session: session)
            if try isOut(try EnvironmentReceipts(files, session: session)) { return true }
            if deadline.isPast { return false }
            deadline.pause()
        }
    }

    /// - Returns: whether a host has answered the order.
    private static func order(
        _ promotion: PromotionRecord, _ reason: String, by key: String, _ withdrawal: Request, _ line: RollBack.Line,
        runtime: RuntimePort,
        session: Session
    ) throws -> Bool {
        var request = RollBack.Request(environment: line.files.name, key: key, reason: reason)
        (request.wait, request.isActivating) = (withdrawal.wait, withdrawal.isActivating)
        request.takesOut = promotion.bundle
        do { _ = try RollBack.deploy(request, line, runtime: runtime, session: session) } catch let error as Failure
            where error.code == "rollback.no-receipt"
        {
            return false
        }
        return true
    }

    /// - Returns: the promoter's key that was asked for, or one at hand where the host's own way back leads to what
    ///   somebody rejected and another way is open; nil to leave it to the host. What it goes back to is said.
    private static func keyPastRejected(
        _ line: RollBack.Line, _ request: Request, _ files: EnvironmentFiles, session: Session
    ) throws -> String? {
        // Its order names a manifest, and is taken where the host itself cannot tell what was before.
        if request.key != nil { return try signer(request, files, session: session).name }
        let now = try session.registry().now()
        guard let target = try? line.history.rollbackTarget(),
            let document = try? files.newestToRollBack(at: now, session: session).authority
        else { return nil }
        let rejected = RejectedRevisions(line, document, session: session)
        guard rejected.isRejected(target) else { return nil }
        // The order itself says what it passed over.
        if rejected.latestOther() != nil, let name = try? signer(request, files, session: session).name { return name }
        rejected.tell(target, session: session)
        return nil
    }

    /// Whether anything is left to go back to that nobody rejected; where nobody can tell, it is.
    private static func isWayOpen(_ line: RollBack.Line, session: Session) -> Bool {
        guard let now = try? session.registry().now(),
            let document = try? line.files.newestToRollBack(at: now, session: session).authority
        else { return true }
        return RejectedRevisions(line, document, session: session).isWayOpen
    }

    /// Puts what was in force before this one back in force, or halts the environment where there was nothing that
    /// nobody rejected.
    ///
    /// - Parameter key: of a promoter, by name or file.
    /// - Returns: whether there was something.
    @discardableResult
    static func takeBack(
        _ promotion: PromotionRecord, reason: String, key: String, runtime: RuntimePort, session: Session
    ) throws -> Bool {
        let files = try EnvironmentFiles(promotion.environment, session: session)
        let line = try RollBack.Line(files, session: session)
        let hasPrevious = (try? line.history.rollbackTarget()) != nil && isWayOpen(line, session: session)
        if hasPrevious {
            var request = RollBack.Request(environment: files.name, key: key, reason: reason)
            request.takesOut = promotion.bundle
            _ = try RollBack.deploy(request, line, runtime: runtime, session: session)
        } else {
            try runtime.halt(files.host.directory, try session.actor(), reason)
        }
        try CollectReceipts.run(files, session: session)
        return hasPrevious
    }
}
