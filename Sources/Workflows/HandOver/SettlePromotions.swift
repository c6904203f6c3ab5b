package import Basics
import Deployment
import Promotion
package import Registry

/// Promotions that were cut off in; each ended by what can be seen of it, out.
package enum SettlePromotions {
    /// Between the record of a promotion and its file in the inbox another process may be at work, and holds
    /// ``HandOverLock``; one on another machine, which no lock tells of, is given so long.
    private static let grace: Nanoseconds = 5_000_000_000

    package struct Settled: Sendable {
        package let promotion: PromotionRecord
        /// `begun` for one that still waits for the runtime, or that cannot be ended.
        package let state: PromotionRecord.State
        /// Why it cannot be ended.
        package var problem: Failure?
    }

    /// Ends promotions by their receipt if the runtime has answered, and as withdrawn if the bundle never reached the
    /// inbox. Only who sees the very directory that it was to go to can tell that: a clone of the project has another
    /// one under that name, and the host goes on waiting, or works, in the first.
    ///
    /// One that cannot be ended, because its version was deleted or its alias moved, does not hold up the others: it
    /// stays under way, and can be withdrawn.
    ///
    /// - Parameter environment: where alone; nil for all.
    /// - Returns: what was ended, and what still waits.
    @discardableResult
    package static func run(environment: String? = nil, session: Session) throws -> [Settled] {
        let registry = try session.registry()
        let waiting = try registry.promotionsUnderWay().filter { environment == nil || $0.environment == environment }
        return try waiting.map { promotion in
            do {
                return Settled(
                    promotion: promotion, state: try settle(promotion, registry: registry, session: session))
            } catch let problem as any UserFacingError where problem.code != "registry.damaged" {
                return Settled(
                    promotion: promotion, state: .begun,
                    problem: problem as? Failure ?? Failure(problem.code, problem.message, hint: problem.hint))
            }
        }
    }

    private static func settle(_ promotion: PromotionRecord, registry: RegistryDatabase, session: Session) throws
        -> PromotionRecord.State
    {
        // A host that was moved took the order along, and answers where it works now.
        let moved = try MovedHost.next(of: promotion.environment, session: session)
        let files = try EnvironmentFiles(moved ?? promotion.environment, session: session)
        let directory = files.host.directory
        let receipts = try CollectReceipts.run(files, session: session)
        let action: PromotionMachine.Action
        let receipt = receipts.last { $0.bundle == promotion.bundle && $0.isAnswer }
        if let receipt {
            // Cut off between receipt and health: the rule decides as soon as it can; until then the promotion is
            // under way, and can be withdrawn.
            let rule =
                receipt.isInForce
                ? try healthRule(promotion, files, registry: registry, session: session) : nil
            var machine = PromotionMachine(underWay: rule != nil)
            if receipt.outcome == Receipt.Outcome.withdrawn.rawValue {
                guard case .end(let end, let reason) = machine.handle(.withdrawn(isInForce: false)) else {
                    return .begun
                }
                try self.end(promotion, end, reason, session: session)
                return end.recorded
            }
            let next = machine.handle(
                .answered(isInForce: receipt.isInForce, reason: receipt.reason ?? "no reason given"))
            let isHealthy =
                rule?.isHealthy(EnvironmentHealth(files, session: session).signed?.report, bundle: promotion.bundle)
                ?? true
            action = next == .askHealth && isHealthy ? machine.handle(.healthy) : next
        } else {
            // A bundle in force without a receipt gets one from the runtime.
            guard let place = try registry.place(of: promotion), place.isSeen(files),
                !Paths.exists(Paths.join(session.root, promotion.path)),
                registry.now().saturatingMinus(promotion.begunAt) > grace,
                try !HandOverLock.isHeld(promotion.environment, session: session),
                // Again, now that nobody hands it over.
                !Paths.exists(Paths.join(session.root, promotion.path)), try !isInForce(promotion.bundle, directory)
            else { return .begun }
            var machine = PromotionMachine(underWay: false)
            action = machine.handle(.neverArrived)
        }
        guard case .end(let end, let reason) = action else { return .begun }
        try self.end(promotion, end, reason, receipt: receipt, session: session)
        return end.recorded
    }

    /// Puts the end of a promotion on record and marks its documents; the alias moves with one that is installed.
    ///
    /// - Parameters:
    ///   - receipt: of one that is installed.
    ///   - detail: further keys of the log's entry, of one that is not.
    static func end(
        _ promotion: PromotionRecord, _ end: PromotionMachine.End, _ reason: String, receipt: DeploymentRecord? = nil,
        detail: [(String, JSONValue)] = [], session: Session
    ) throws {
        let registry = try session.registry()
        if end == .installed, let receipt {
            let deployment = LineageNode.deployment(receipt.environment, bundle: promotion.bundle)
            try registry.link([.bundle(promotion.bundle, version: promotion.reference)], to: deployment)
            try registry.link([deployment], to: .receipt(receipt))
        }
        let status = PromotionDocuments.status(promotion, end.rawValue, reason, session: session)
        let isEnded = try registry.end(
            promotion, end.recorded, reason: end == .installed ? "promoted to \(promotion.environment)" : reason,
            status: Digest.sha256(status), detail: detail)
        // Whoever ended it meanwhile has written the file whose digest the log has.
        if isEnded { PromotionDocuments.mark(promotion, status, session: session) }
        // A host that took it out of force before anybody ended it here: the alias has just moved, and goes back.
        if end == .installed, let files = try EnvironmentFiles.made(promotion.environment, session: session) {
            try CollectReceipts.run(files, session: session)
        }
    }

    /// - Throws: ``FileError`` where nobody can read what is in force.
    static func isInForce(_ bundle: String, _ directory: String) throws -> Bool {
        let current = Paths.join(directory, "installed/current.hftbundle")
        return try Paths.exists(current) && Digest.sha256(file: current) == bundle
    }

    /// - Returns: nil where neither the environment nor its policy has one.
    /// - Throws: ``Failure`` with code `promote.no-policy` where nobody can tell what the rule was.
    private static func healthRule(
        _ promotion: PromotionRecord, _ files: EnvironmentFiles, registry: RegistryDatabase, session: Session
    ) throws -> HealthRule? {
        let document = try files.newest(at: registry.now()).authority
        if let health = document.health { return health }
        guard Paths.exists(EnvironmentPolicy.path(document.policy.name, session: session)) else {
            throw Failure(
                "promote.no-policy",
                "found no policy '\(document.policy.name)' of '\(promotion.environment)', so the health rule for "
                    + "\(promotion.reference) is unknown",
                hint: "bring its file back, or take the bundle out: hftml deployments withdraw "
                    + promotion.environment)
        }
        return try EnvironmentPolicy.read(document.policy.name, session: session).health
    }
}

extension PromotionMachine.End {
    /// As the registry has it.
    var recorded: PromotionRecord.State {
        switch self {
        case .installed: .installed
        case .refused: .refused
        case .withdrawn: .withdrawn
        }
    }
}
