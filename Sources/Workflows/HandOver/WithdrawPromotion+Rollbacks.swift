import Basics
import Deployment
import ModelBundles
import Registry

/// A rollback that no host has answered, taken back.
extension WithdrawPromotion {
    /// The host's answer ends its waiting; a host that came back from an older copy, or lost its inbox, gives one too.
    /// For one that is lost nobody answers: a promoter's signed word ends it.
    ///
    /// - Returns: nil where none waits.
    /// - Throws: ``Failure`` with code `withdrawal.elsewhere`, `withdrawal.host-here`, `promote.key`, or `promote.none`
    ///   where it came in force meanwhile.
    static func rollback(_ request: Request, _ environment: String, runtime: RuntimePort, session: Session) throws
        -> Outcome?
    {
        let registry = try session.registry(), files = try EnvironmentFiles.made(environment, session: session)
        if let files { try CollectReceipts.run(files, session: session) }
        let receipts = try files.map { try EnvironmentReceipts($0, session: session) }
        guard let order = try WaitingRollback(environment, receipts, session: session) else { return nil }
        // What waits may be another project's, whose environment has the same name.
        if let files, !files.documents.isEmpty { try DocumentsOnRecord(registry).requireOwn(files) }
        let path = files.map { Paths.join($0.host.inbox, RollBack.fileName(order.counter, order.bundle)) }
        // Its host has answered it for good: there is nothing to tell. That it is lost since says nothing of what the
        // rollback was to take out.
        if order.refusal != nil, !request.isHostLost {
            return try endRefused(order, request, environment, files, session: session)
        }
        if let end = try endWithoutHost(order, request, environment, path, files, session: session) { return end }
        guard let files, let path else { return nil }
        let key = try signer(request, files, session: session).key
        try Paths.remove(path)
        let ids = (order.counter, order.bundle)
        let word = try word(ids, order.place, request, files, key: key, session: session)
        let answer = try tell(ids, word, request, files, runtime: runtime, session: session)
        if let answer, answer.isInForce {
            throw Failure(
                "promote.none", "found rollback \(order.counter) of '\(environment)' in force: its host had taken it",
                hint: "see: hftml deployments list --environment \(environment)", exitStatus: .refused)
        }
        try record(order, request, environment, recorded(word, by: key), session: session)
        return Outcome(
            promotion: nil, rollback: order.counter, bundle: order.bundle, environment: request.environment,
            isConfirmed: answer != nil,
            expiresAt: answer == nil ? try end(of: order.bundle, environment, session: session) : nil)
    }

    /// Says that what a refused rollback was to take out may stay.
    private static func endRefused(
        _ order: WaitingRollback, _ request: Request, _ environment: String, _ files: EnvironmentFiles?,
        session: Session
    ) throws -> Outcome? {
        guard let documents = try files ?? documents(of: order.bundle, session: session) else { return nil }
        let key = try currentSigner(request, documents, session: session)
        let word = try word((order.counter, order.bundle), order.place, request, documents, key: key, session: session)
        try record(order, request, environment, recorded(word, by: key), session: session)
        return Outcome(
            promotion: nil, rollback: order.counter, bundle: order.bundle, environment: request.environment,
            isConfirmed: true, expiresAt: nil)
    }

    /// Ends the waiting for a host that nobody reaches any more.
    ///
    /// - Parameter path: of the order, where the environment's directory is here.
    /// - Returns: nil where the host is here, and can be told.
    private static func endWithoutHost(
        _ order: WaitingRollback, _ request: Request, _ environment: String, _ path: String?,
        _ files: EnvironmentFiles?, session: Session
    ) throws -> Outcome? {
        let isHere = files != nil && Self.isHere(order.place, environment, path ?? "", files, session: session)
        if isHere, !request.isHostLost { return nil }
        guard request.isHostLost else {
            throw elsewhere(
                order.place, "rollback \(order.counter)", environment, way: lostWay(environment), session: session)
        }
        if isHere, let files { try requireGone(files, order.place, session: session) }
        if !isHere, let host = order.place?.host { try requireNowhere(host, environment, session: session) }
        let word = try lostHostWord(
            (order.counter, order.bundle), order.place, environment, request, files, session: session)
        // A copy that came here with a backup.
        if let path { try Paths.remove(path) }
        let end = try end(of: order.bundle, environment, session: session)
        try record(
            order, request, environment,
            word + [
                ("hostIsLost", .bool(true)), ("expiresAt", .string(end.map(TimeText.utc))),
                ("place", order.place?.json ?? .null),
            ], session: session)
        var outcome = Outcome(
            promotion: nil, rollback: order.counter, bundle: order.bundle, environment: request.environment,
            isConfirmed: false, expiresAt: end)
        outcome.isUntold = true
        return outcome
    }

    private static func record(
        _ order: WaitingRollback, _ request: Request, _ environment: String, _ detail: [(String, JSONValue)],
        session: Session
    ) throws {
        try session.registry().audit(
            action: "rollback.withdrawn", subject: .environment(environment),
            detail: .map(
                [
                    ("counter", .int(order.counter)), ("bundle", .string(order.bundle)),
                    ("reason", .string(request.reason)),
                ] + detail))
    }
}
