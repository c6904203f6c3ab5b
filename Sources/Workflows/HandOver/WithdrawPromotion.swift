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
        /// Whether the machine that the bundle was handed over to is lost for good: no word reaches it any more.
        package var isHostLost = false

        package init(environment: String) { self.environment = environment }
    }

    package struct Outcome: Sendable {
        /// Nil where a rollback was taken back.
        package let promotion: PromotionRecord?
        /// The rollback's number; nil where a promotion was taken back.
        package let rollback: Int?
        /// SHA-256 of the bundle that carried the order.
        package let bundle: String
        /// As it was asked for.
        package let environment: String
        /// Whether the host has signed that it takes this order no more, or that something else is in force.
        package let isConfirmed: Bool
        /// Until when somebody who kept the bundle could put it in force where the host has not; nil where the bundle
        /// is gone.
        package let expiresAt: Nanoseconds?
        /// Whether the bundle trades until its host has signed that it is out: its promotion is under way then.
        package var isUnderWay = false
        /// Whether it was ended without a word to its host, which nobody reaches any more.
        package var isUntold = false
        /// Id of the key of a host that is on record as lost, where nothing waited for it; nil for an order.
        package var lostHost: String?

        package init(
            promotion: PromotionRecord?, rollback: Int?, bundle: String, environment: String, isConfirmed: Bool,
            expiresAt: Nanoseconds?
        ) {
            (self.promotion, self.rollback, self.bundle) = (promotion, rollback, bundle)
            (self.environment, self.isConfirmed, self.expiresAt) = (environment, isConfirmed, expiresAt)
        }

        /// The version that was on its way, the rollback, or the host.
        package var what: String {
            lostHost.map { "host \($0)" } ?? promotion?.reference ?? "rollback \(rollback ?? 0)"
        }
    }

    /// Takes a bundle that nobody has answered for out of the inbox, spends its number at the host by a signed word,
    /// and takes one that runs without having shown its health out of force. Where no promotion is under way, the same
    /// for a rollback that no host has answered; and where nothing waits, that a host is lost comes on record alone.
    ///
    /// - Throws: ``Failure`` with code `promote.none` when nothing is under way there, `withdrawal.elsewhere` where it
    ///   was handed over in a directory that is not this one, `withdrawal.host-here` where the host that is said to be
    ///   lost lies here, `promote.key`, or `promote.no-environment` where there is no such environment.
    package static func run(_ request: Request, runtime: RuntimePort = RuntimeProgram.port, session: Session) throws
        -> Outcome
    {
        // As a rollback, it is no time to move a registry.
        session.passOverTrackedRegistry()
        let registry = try session.registry(), environment = session.environmentName(request.environment)
        guard
            try Paths.isDirectory(session.environmentPath(environment))
                || registry.environmentNames().contains(environment)
        else { throw try session.unknownEnvironment(environment) }
        try SettlePromotions.run(session: session)
        guard let promotion = try registry.promotionsUnderWay(environment: environment).first else {
            if let outcome = try rollback(request, environment, runtime: runtime, session: session) { return outcome }
            if request.isHostLost, let lost = try hostAlone(request, environment, session: session) { return lost }
            throw Failure(
                "promote.none", "found neither a promotion to '\(environment)' under way nor a rollback that waits",
                hint: "see: hftml deployments list")
        }
        let directory = session.environmentPath(environment), path = Paths.join(session.root, promotion.path)
        let files = try EnvironmentFiles.made(environment, session: session)
        // What waits may be another project's, whose environment has the same name.
        if let files, !files.documents.isEmpty { try DocumentsOnRecord(registry).requireOwn(files) }
        let place = try registry.place(of: promotion)
        if let end = try endWithoutHost(promotion, place, request, path, files, session: session) { return end }
        var machine = PromotionMachine(underWay: false), isConfirmed = false
        // What it is on record by, beside its words.
        var proof: [(String, JSONValue)] = []
        if try !SettlePromotions.isInForce(promotion.bundle, directory), let files {
            // The key first: without one nothing is begun. Then out of the inbox: what the host has not taken by then,
            // it takes only from a copy that somebody kept.
            let key = try signer(request, files, session: session).key
            try Paths.remove(path)
            if let counter = promotion.counter {
                let order = (counter, promotion.bundle)
                let word = try word(order, place, request, files, key: key, session: session)
                proof = recorded(word, by: key)
                isConfirmed = try tell(order, word, request, files, runtime: runtime, session: session) != nil
            }
        } else {
            try Paths.remove(path)
        }
        let isInForce = try SettlePromotions.isInForce(promotion.bundle, directory)
        var action = machine.handle(.withdrawn(isInForce: isInForce))
        if case .takeBack(let reason) = action, let files {
            isConfirmed = try takeOut(promotion, reason, request, files, runtime: runtime, session: session)
            // Until the host has signed it, the bundle trades, and its promotion is under way.
            action = isConfirmed ? machine.handle(.takenBack) : .rest
        }
        if case .end(let end, let reason) = action {
            try SettlePromotions.end(promotion, end, reason, detail: proof, session: session)
        }
        let isUnderWay = action == .rest
        var outcome = Outcome(
            promotion: promotion, rollback: nil, bundle: promotion.bundle, environment: request.environment,
            isConfirmed: isConfirmed,
            expiresAt: isConfirmed || isUnderWay
                ? nil : try end(of: promotion.bundle, environment, session: session))
        outcome.isUnderWay = isUnderWay
        return outcome
    }

    // MARK: Word to the host

    /// Signs that an order is taken back.
    ///
    /// - Parameter place: where the order was handed over; its host is the one that the word is for.
    static func word(
        _ order: (counter: Int, bundle: String), _ place: HandOverPlace?, _ request: Request,
        _ files: EnvironmentFiles, key: any Signer, session: Session
    ) throws -> String {
        let now = try session.registry().now(), document = try files.newest(at: now).authority
        let withdrawal = Withdrawal(
            environment: files.host.name, counter: order.counter, bundle: order.bundle, time: now,
            person: try session.actor(), reason: request.reason,
            host: place?.host ?? files.orderedHost(document, at: now, session: session))
        return try withdrawal.signed(by: key).text
    }

    /// A signed word, as keys of the log's entry: what the entry says beside it is nobody's.
    static func recorded(_ word: String, by key: any Signer) -> [(String, JSONValue)] {
        [("signer", .string(key.name)), ("keyID", .string(key.publicKey.id)), ("withdrawal", .string(word))]
    }

    /// Hands such a word over.
    ///
    /// - Returns: what the host answered; nil where it did not in time.
    static func tell(
        _ order: (counter: Int, bundle: String), _ word: String, _ request: Request, _ files: EnvironmentFiles,
        runtime: RuntimePort, session: Session
    ) throws -> DeploymentRecord? {
        try AtomicFile.write(word + "\n", to: "\(files.host.inbox)/\(order.counter)\(Withdrawal.suffix)")
        // A process that works there looks by itself.
        if request.isActivating { try? runtime.accept(files.host.directory) }
        let answer = try CollectReceipts.wait(for: order.bundle, files, seconds: request.wait, session: session)
        // A host that lost its memory answers nothing before it has put it together.
        if answer == nil, let receipts = try? EnvironmentReceipts(files, session: session),
            case .forgetful = receipts.standing, let newest = receipts.inForce.last,
            let problem = receipts.standing.problem(files, newest: newest)
        {
            session.caller.conversation.say(problem.message + (problem.hint.map { "; \($0)" } ?? ""))
        }
        return answer
    }

    /// - Returns: a key with the role, and how ``PrivateKeys`` finds it again.
    static func signer(_ request: Request, _ files: EnvironmentFiles, session: Session) throws
        -> (key: any Signer, name: String)
    {
        let registry = try session.registry(), time = registry.now(), role = EnvironmentAuthority.Role.promoter
        let document = try files.newest(at: time).revoking(try ManageKeys.revocations(session)).authority
        if let name = request.key {
            let key = try PrivateKeys.signer(name, session: session)
            try RollBack.requirePromoter(key, document, at: time)
            return (key, name)
        }
        for known in document.keys(for: role, at: time) {
            let path = try ManageKeys.privatePath(known.name, session: session)
            guard Paths.exists(path), try PrivateKeyFile.publicKey(path).id == known.id else { continue }
            return (try PrivateKeys.read(path, session: session), known.name)
        }
        throw Failure(
            "promote.key", "found no private key here with the role '\(role)' in '\(document.name)'",
            hint: "a withdrawal is signed, so that no copy of the bundle comes in force later: hftml deployments "
                + "withdraw \(files.name) --key KEY", exitStatus: .refused)
    }

    /// A key for a word that no host weighs: whoever signs it must count by what the log has signed since, too.
    ///
    /// - Throws: ``Failure`` with code `authority.other-root`, `authority.fork`, `authority.gone`, `promote.key`.
    static func currentSigner(_ request: Request, _ files: EnvironmentFiles, session: Session) throws -> any Signer {
        let registry = try session.registry(), record = try DocumentsOnRecord(registry)
        // What was brought to a host that is gone need not be the newest.
        let files = try EnvironmentFiles.made(files.host.name, session: session) ?? files
        try record.requireGoverning(files, session: session)
        try record.requireNewest(try files.newest(at: registry.now()).authority.counter, of: files)
        return try signer(request, files, session: session).key
    }

    /// When an order ends, by its bundle in the store.
    static func end(of bundle: String, _ environment: String, session: Session) throws -> Nanoseconds? {
        guard let bytes = session.storedBundle(bundle),
            let files = try EnvironmentFiles.made(environment, session: session),
            let bundle = try? ModelBundle.verify(bytes, trusted: TrustedKeys(files.knownKeys())),
            let order = bundle.terms.flatMap({ try? DeploymentOrder($0.deployment) })
        else { return nil }
        return order.expiresAt
    }
}
