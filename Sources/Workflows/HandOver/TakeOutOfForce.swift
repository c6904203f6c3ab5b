import Basics
import Deployment
import Promotion
import Registry

/// Out of force again.
extension WithdrawPromotion {
    /// Takes a bundle that runs out of force, by a way that passes over what people have rejected, where a key is here
    /// that may order one; the host's own key goes back one step, whatever anybody said of it.
    ///
    /// - Returns: whether the host has signed that something else is in force, or that it is halted.
    static func takeOut(
        _ promotion: PromotionRecord, _ reason: String, _ request: Request, _ files: EnvironmentFiles,
        runtime: RuntimePort, session: Session
    ) throws -> Bool {
        let key = try keyPastRejected(request, files, session: session)
        try takeBack(promotion, reason: reason, key: key, runtime: runtime, session: session)
        let deadline = Deadline(seconds: request.wait)
        while true {
            if try isOut(promotion, files, session: session) { return true }
            if deadline.isPast { return false }
            deadline.pause()
        }
    }

    private static func isOut(_ promotion: PromotionRecord, _ files: EnvironmentFiles, session: Session) throws -> Bool
    {
        let receipts = try EnvironmentReceipts(files, session: session)
        if let halt = receipts.halts.last, halt.to == nil { return true }
        guard let newest = receipts.inForce.last else { return false }
        guard let own = promotion.counter, let counter = newest.counter else {
            return newest.bundle != promotion.bundle
        }
        return counter > own
    }

    /// - Returns: a promoter's key, where the host's own way back leads to what somebody rejected and another way is
    ///   open; nil to leave it to the host. What it goes back to is said.
    private static func keyPastRejected(_ request: Request, _ files: EnvironmentFiles, session: Session) throws
        -> String?
    {
        let now = try session.registry().now(), line = try RollBack.Line(files, session: session)
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

    /// Puts what was in force before this one back in force, or halts the environment where there was nothing.
    ///
    /// - Parameter key: of a promoter, by name or file; nil to leave it to the host's own key.
    /// - Returns: whether there was something.
    @discardableResult
    static func takeBack(
        _ promotion: PromotionRecord, reason: String, key: String?, runtime: RuntimePort, session: Session
    ) throws -> Bool {
        let files = try EnvironmentFiles(promotion.environment, session: session)
        let line = try RollBack.Line(files, session: session)
        let hasPrevious = (try? line.history.rollbackTarget()) != nil
        if !hasPrevious {
            try runtime.halt(files.host.directory, try session.actor(), reason)
        } else if let key {
            var request = RollBack.Request(environment: files.name, key: key, reason: reason)
            request.wait = 30
            _ = try RollBack.deploy(request, line, runtime: runtime, session: session)
        } else {
            try runtime.rollBack(files.host.directory, try session.actor(), reason)
        }
        try CollectReceipts.run(files, session: session)
        return hasPrevious
    }
}
