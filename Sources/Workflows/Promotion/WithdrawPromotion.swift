package import Basics
import Deployment
import Identity
import ModelBundles
import Promotion
package import Registry

/// A promotion without an answer in; the environment as it was before, out.
package enum WithdrawPromotion {
    package struct Request: Sendable {
        package var environment: String
        /// Name of a key of this project, or a private key file, with the role `promoter` there; nil for the one at
        /// hand that has it.
        package var key: String?
        /// In words of who takes it back; signed with the rest.
        package var reason = "withdrawn by hand"
        /// Seconds to wait for the host's answer.
        package var wait = 30.0
        /// Whether to have the runtime look into its inbox.
        package var isActivating = true

        package init(environment: String) { self.environment = environment }
    }

    package struct Outcome: Sendable {
        package let promotion: PromotionRecord
        /// As it was asked for.
        package let environment: String
        /// Whether the host has signed that it takes this order no more, or that something else is in force.
        package let isConfirmed: Bool
        /// Until when somebody who kept the bundle could put it in force where the host has not; nil where the bundle
        /// is gone.
        package let expiresAt: Nanoseconds?
    }

    /// Takes a bundle that nobody has answered for out of the inbox, spends its number at the host by a signed word,
    /// and takes one that runs without having shown its health out of force.
    ///
    /// - Throws: ``Failure`` with code `promote.none` when no promotion is under way there, `promote.key`, or
    ///   `promote.no-environment` where there is no such environment.
    package static func run(_ request: Request, runtime: RuntimePort = RuntimeProgram.port, session: Session) throws
        -> Outcome
    {
        let registry = try session.registry(), environment = session.environmentName(request.environment)
        guard
            try Paths.isDirectory(session.environmentPath(environment))
                || registry.environmentNames().contains(environment)
        else { throw try session.unknownEnvironment(environment) }
        try SettlePromotions.run(session: session)
        guard let promotion = try registry.promotionsUnderWay(environment: environment).first else {
            throw Failure(
                "promote.none", "found no promotion to '\(environment)' under way", hint: "see: hftml deployments list")
        }
        let directory = session.environmentPath(environment), path = Paths.join(session.root, promotion.path)
        var machine = PromotionMachine(underWay: false), isConfirmed = false
        if try !SettlePromotions.isInForce(promotion.bundle, directory),
            let files = try EnvironmentFiles.made(environment, session: session)
        {
            // The key first: without one nothing is begun. Then out of the inbox: what the host has not taken by then,
            // it takes only from a copy that somebody kept.
            let key = try signer(request, files, session: session)
            try Paths.remove(path)
            isConfirmed = try tell(promotion, request, files, key: key, runtime: runtime, session: session)
        } else {
            try Paths.remove(path)
        }
        let isInForce = try SettlePromotions.isInForce(promotion.bundle, directory)
        var action = machine.handle(.withdrawn(isInForce: isInForce))
        if case .takeBack(let reason) = action {
            try takeBack(promotion, reason: reason, key: nil, runtime: runtime, session: session)
            (action, isConfirmed) = (machine.handle(.takenBack), true)
        }
        if case .end(let end, let reason) = action {
            try SettlePromotions.end(promotion, end, reason, session: session)
        }
        return Outcome(
            promotion: promotion, environment: request.environment, isConfirmed: isConfirmed,
            expiresAt: isConfirmed ? nil : try end(of: promotion, session: session))
    }

    // MARK: Word to the host

    /// Signs that the order is taken back, and hands it over.
    ///
    /// - Returns: whether the host answered, whatever it said.
    private static func tell(
        _ promotion: PromotionRecord, _ request: Request, _ files: EnvironmentFiles, key: any Signer,
        runtime: RuntimePort, session: Session
    ) throws -> Bool {
        let registry = try session.registry()
        guard let counter = promotion.counter else { return false }
        let now = registry.now(), document = try files.newest(at: now).authority
        let withdrawal = Withdrawal(
            environment: files.host.name, counter: counter, bundle: promotion.bundle, time: now,
            person: try session.actor(), reason: request.reason,
            host: files.orderedHost(document, at: now, session: session))
        let text = try withdrawal.signed(by: key).text + "\n"
        try AtomicFile.write(text, to: "\(files.host.inbox)/\(counter)\(Withdrawal.suffix)")
        // A process that works there looks by itself.
        if request.isActivating { try? runtime.accept(files.host.directory) }
        return try CollectReceipts.wait(for: promotion.bundle, files, seconds: request.wait, session: session) != nil
    }

    private static func signer(_ request: Request, _ files: EnvironmentFiles, session: Session) throws -> any Signer {
        let registry = try session.registry(), time = registry.now(), role = EnvironmentAuthority.Role.promoter
        let document = try files.newest(at: time).revoking(try ManageKeys.revocations(session)).authority
        if let name = request.key {
            let key = try PrivateKeys.signer(name, session: session)
            try RollBack.requirePromoter(key, document, at: time)
            return key
        }
        for known in document.keys(for: role, at: time) {
            let path = try ManageKeys.privatePath(known.name, session: session)
            guard Paths.exists(path), try PrivateKeyFile.publicKey(path).id == known.id else { continue }
            return try PrivateKeys.read(path, session: session)
        }
        throw Failure(
            "promote.key", "found no private key here with the role '\(role)' in '\(document.name)'",
            hint: "a withdrawal is signed, so that no copy of the bundle comes in force later: hftml deployments "
                + "withdraw \(files.name) --key KEY", exitStatus: .refused)
    }

    private static func end(of promotion: PromotionRecord, session: Session) throws -> Nanoseconds? {
        guard Paths.exists(session.artefacts.path(promotion.bundle)) else { return nil }
        let bytes = try FileChunks.bytes(try session.artefacts.verified(promotion.bundle))
        guard let files = try EnvironmentFiles.made(promotion.environment, session: session),
            let bundle = try? ModelBundle.verify(bytes, trusted: TrustedKeys(files.knownKeys())),
            let order = bundle.terms.flatMap({ try? DeploymentOrder($0.deployment) })
        else { return nil }
        return order.expiresAt
    }

    // MARK: Out of force

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
