import Basics
package import Registry

/// An environment in; the bundle before the present one in force again, and the alias that it was promoted under at
/// its version, out.
package enum RollBack {
    package struct Outcome: Sendable {
        package let receipt: DeploymentRecord
        /// The alias that was moved; nil where it was there already, or the runtime did not say which version it runs.
        package let alias: String?
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
            return Outcome(receipt: receipt, alias: nil)
        }
        let alias = try alias(of: receipt, registry: registry)
        guard try registry.aliasState(alias, model: model) != .version(number) else {
            return Outcome(receipt: receipt, alias: nil)
        }
        try registry.setAlias(
            alias, of: try registry.version("\(model)/\(number)"), reason: "rollback of \(environment)")
        return Outcome(receipt: receipt, alias: alias)
    }

    /// The alias that the bundle in force again was promoted under; for one that was promoted before promotions were on
    /// record, that of the bundle it comes back for.
    private static func alias(of receipt: DeploymentRecord, registry: RegistryDatabase) throws -> String {
        let promotion =
            try registry.promotion(of: receipt.bundle) ?? receipt.replaced.flatMap { try registry.promotion(of: $0) }
        return promotion?.alias ?? PromoteModel.Request.championAlias
    }
}
