import Basics
package import Registry

/// An environment in; the bundle before the present one in force again, and the aliases that name what is in force at
/// its version, out.
package enum RollBack {
    package struct Outcome: Sendable {
        package let receipt: DeploymentRecord
        /// The aliases that were moved: none where they were there already, or where the runtime did not say which
        /// version it runs.
        package let aliases: [String]
    }

    /// - Throws: ``Failure`` with code `rollback.no-receipt` when the runtime does not answer with a rollback.
    package static func run(_ typed: String, runtime: RuntimePort = RuntimeProgram.port, session: Session) throws
        -> Outcome
    {
        let registry = try session.registry(), environment = session.environmentName(typed),
            directory = session.environmentPath(environment)
        guard Paths.isDirectory(directory) else { throw try session.unknownEnvironment(environment) }
        // A promotion that was cut off after its receipt is ended first: ended later, it would move its alias again.
        try SettlePromotions.run(session: session)
        let before = try CollectReceipts.run(directory, registry: registry)
        try runtime.rollBack(directory)
        guard
            let receipt = try CollectReceipts.run(directory, registry: registry).filter({ !before.contains($0) })
                .max(by: { $0.time < $1.time }), receipt.outcome == "rolled-back"
        else { throw Failure("rollback.no-receipt", "got no receipt of a rollback from '\(environment)'") }
        guard let model = receipt.model, let number = receipt.version else {
            return Outcome(receipt: receipt, aliases: [])
        }
        let moved = try aliases(of: receipt, model: model, registry: registry).filter {
            try registry.aliasState($0, model: model) != .version(number)
        }
        for alias in moved {
            try registry.setAlias(
                alias, of: try registry.version("\(model)/\(number)"), reason: "rollback of \(environment)")
        }
        return Outcome(receipt: receipt, aliases: moved)
    }

    /// The alias that the bundle in force again was promoted under; for one that was promoted before promotions were on
    /// record, that of the bundle it comes back for.
    ///
    /// `champion` comes along when it names what was taken out of force and the bundle in force again is no canary:
    /// gates and people who ask for the champion mean what trades.
    private static func aliases(of receipt: DeploymentRecord, model: String, registry: RegistryDatabase) throws
        -> [String]
    {
        let champion = PromoteModel.Request.championAlias, restored = try registry.promotion(of: receipt.bundle),
            withdrawn = try receipt.replaced.flatMap { try registry.promotion(of: $0) }
        let own = (restored ?? withdrawn)?.alias ?? champion
        guard own != champion, (restored?.share ?? 1) == 1, let withdrawn, withdrawn.model == model,
            try registry.aliasState(champion, model: model) == .version(withdrawn.version)
        else { return [own] }
        return [own, champion]
    }
}
