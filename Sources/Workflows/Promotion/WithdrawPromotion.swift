import Basics
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
        if try SettlePromotions.isInForce(promotion.bundle, session.environmentPath(environment)) {
            try takeBack(promotion, reason: "withdrawn by hand", runtime: runtime, session: session)
        } else {
            try registry.end(promotion, .withdrawn, reason: "withdrawn by hand")
        }
        return Outcome(promotion: promotion, environment: typed)
    }

    /// Puts the bundle before this one back in force, or halts the environment where there is none.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    static func takeBack(_ promotion: PromotionRecord, reason: String, runtime: RuntimePort, session: Session) throws
        -> Bool
    {
        let registry = try session.registry(), directory = session.environmentPath(promotion.environment)
        let hasPrevious = Paths.exists(Paths.join(directory, "installed/previous.hftbundle"))
        if hasPrevious { try runtime.rollBack(directory) } else { try runtime.halt(directory, reason) }
        try CollectReceipts.run(directory, registry: registry)
        try registry.end(promotion, .refused, reason: reason)
        return hasPrevious
    }
}
