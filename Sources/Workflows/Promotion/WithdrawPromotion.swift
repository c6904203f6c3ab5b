import Basics
import Deployment
import Promotion
package import Registry

/// A promotion without an answer in; the environment as it was before, out.
package enum WithdrawPromotion {
    package struct Outcome: Sendable {
        package let promotion: PromotionRecord
        /// As it was asked for.
        package let environment: String
    }

    /// Takes a bundle that nobody has answered for out of the inbox, and one that runs without having shown its health
    /// out of force.
    ///
    /// - Throws: ``Failure`` with code `promote.none` when no promotion is under way there.
    package static func run(_ typed: String, runtime: RuntimePort = RuntimeProgram.port, session: Session) throws
        -> Outcome
    {
        let registry = try session.registry(), environment = session.environmentName(typed)
        try SettlePromotions.run(session: session)
        guard let promotion = try registry.promotionsUnderWay(environment: environment).first else {
            throw Failure(
                "promote.none", "found no promotion to '\(environment)' under way", hint: "see: hftml deployments list")
        }
        // Out of the inbox first: what the runtime has not taken by then, it cannot take any more.
        try Paths.remove(Paths.join(session.root, promotion.path))
        var machine = PromotionMachine(underWay: false)
        var action = machine.handle(
            .withdrawn(
                isInForce: try SettlePromotions.isInForce(promotion.bundle, session.environmentPath(environment))))
        if case .takeBack(let reason) = action {
            try takeBack(promotion, reason: reason, key: nil, runtime: runtime, session: session)
            action = machine.handle(.takenBack)
        }
        if case .end(let end, let reason) = action {
            try SettlePromotions.end(promotion, end, reason, session: session)
        }
        return Outcome(promotion: promotion, environment: typed)
    }

    /// Puts what was in force before this one back in force, or halts the environment where there was nothing.
    ///
    /// - Parameter key: of a promoter, by name or file; nil to leave it to the host's own key.
    /// - Returns: whether there was something.
    @discardableResult
    static func takeBack(
        _ promotion: PromotionRecord, reason: String, key: String?, runtime: RuntimePort, session: Session
    ) throws -> Bool {
        let registry = try session.registry(), files = try EnvironmentFiles(promotion.environment, session: session)
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
        try CollectReceipts.run(files, registry: registry)
        return hasPrevious
    }
}
