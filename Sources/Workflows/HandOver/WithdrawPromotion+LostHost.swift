import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// What was handed over to a host that is not here, or that nobody reaches any more.
extension WithdrawPromotion {
    /// Ends a promotion that no word to its host can end: since nobody can take its order any more, or since somebody
    /// says that its machine is lost, which is put on record.
    ///
    /// - Parameters:
    ///   - place: nil for an order of before the log said where.
    ///   - path: of the bundle, by this clone.
    /// - Returns: nil where the host is here, and can be told.
    /// - Throws: ``Failure`` with code `withdrawal.elsewhere` or `withdrawal.host-here`.
    static func endWithoutHost(
        _ promotion: PromotionRecord, _ place: HandOverPlace?, _ request: Request, _ path: String,
        _ files: EnvironmentFiles?, session: Session
    ) throws -> Outcome? {
        let now = try session.registry().now(), environment = promotion.environment
        let isHere = isHere(place, environment, path, files, session: session)
        if request.isHostLost, isHere, let files { try requireGone(files, place) }
        if isHere, !request.isHostLost { return nil }
        let end = try end(of: promotion.bundle, environment, session: session)
        let isPast = end.map { $0.saturatingPlus(Admission.clockTolerance) <= now } ?? false
        let hasCome = try session.registry().deployments(environment: environment).contains {
            $0.bundle == promotion.bundle && $0.isInForce
        }
        guard request.isHostLost || isPast && !hasCome else {
            throw elsewhere(
                place, promotion.reference, environment,
                way: "where that machine is lost for good: hftml deployments withdraw \(Inbox.word(environment)) "
                    + "--host-is-lost --reason TEXT"
                    + (end.map { "; or wait until \(TimeText.utc($0)), when nobody can take its order any more" } ?? "")
            )
        }
        let word = request.isHostLost ? try word(promotion, request, files, session: session) : []
        // A copy that came here with a backup. What nobody took lies nowhere that a host looks into.
        try Paths.remove(path)
        let until = end.map { "a kept bundle is good until \(TimeText.utc($0))" }
        let why =
            request.isHostLost
            ? "its host is lost: \(request.reason); " + (hasCome ? "it had come in force there; " : "")
                + (until ?? "nobody here knows until when a kept bundle is good")
            : "no answer reached the record before its order ended at \(end.map(TimeText.utc) ?? "an unknown time")"
        var machine = PromotionMachine(underWay: false)
        if case .end(let state, _) = machine.handle(.withdrawn(isInForce: false)) {
            try SettlePromotions.end(
                promotion, state, why,
                detail: [
                    ("hostIsLost", .bool(request.isHostLost)), ("expiresAt", .string(end.map(TimeText.utc))),
                    ("place", place?.json ?? .null),
                ] + word, session: session)
        }
        var outcome = Outcome(
            promotion: promotion, rollback: nil, bundle: promotion.bundle, environment: request.environment,
            isConfirmed: false, expiresAt: isPast ? nil : end)
        outcome.isUntold = true
        return outcome
    }

    /// That a host is lost is a promoter's word, signed as the one that the host would have got.
    ///
    /// - Parameter files: nil where the host's directory is gone; whose environment it was, the order says.
    private static func word(
        _ promotion: PromotionRecord, _ request: Request, _ files: EnvironmentFiles?, session: Session
    ) throws -> [(String, JSONValue)] {
        guard let documents = try files ?? documents(of: promotion, session: session) else {
            throw Failure(
                "authority.gone",
                "found no signed document here that says who may take back an order to '\(promotion.environment)'",
                hint: "do it where the environment's documents are: git pull", exitStatus: .refused)
        }
        let key = try signer(request, documents, session: session).key
        let withdrawal = Withdrawal(
            environment: documents.host.name, counter: promotion.counter ?? 0, bundle: promotion.bundle,
            time: try session.registry().now(), person: try session.actor(), reason: request.reason, host: nil)
        return [
            ("signer", .string(key.name)), ("keyID", .string(key.publicKey.id)),
            ("withdrawal", .string(try withdrawal.signed(by: key).text)),
        ]
    }

    private static func documents(of promotion: PromotionRecord, session: Session) throws -> EnvironmentFiles? {
        guard Paths.exists(session.artefacts.path(promotion.bundle)) else { return nil }
        let bytes = try FileChunks.bytes(try session.artefacts.verified(promotion.bundle))
        return try session.environmentNames().lazy.compactMap { name in
            try? EnvironmentFiles.made(name, session: session)
        }.first { files in
            let bundle = try? ModelBundle.verify(bytes, trusted: TrustedKeys(files.knownKeys()))
            let order = (bundle?.terms).flatMap { try? DeploymentOrder($0.deployment) }
            return order?.environment == files.host.name
        }
    }

    /// What was handed over elsewhere cannot be taken back here: the host would go on waiting, or trading, there.
    static func requireHere(
        _ place: HandOverPlace?, rollback counter: Int, _ environment: String, _ path: String,
        _ files: EnvironmentFiles, _ request: Request, session: Session
    ) throws {
        let order =
            "order it again, which takes its place: hftml rollback \(Inbox.word(environment)) --reason TEXT "
            + "--key KEY"
        if request.isHostLost {
            throw Failure(
                "withdrawal.elsewhere",
                "found rollback \(counter) of '\(environment)' waiting for its host, expected a promotion: what is bad "
                    + "in force may trade on, and only a host's word ends a rollback's waiting",
                hint: order, exitStatus: .refused)
        }
        guard !isHere(place, environment, path, files, session: session) else { return }
        throw elsewhere(place, "rollback \(counter)", environment, way: "where that machine is lost, " + order)
    }

    private static func isHere(
        _ place: HandOverPlace?, _ environment: String, _ path: String, _ files: EnvironmentFiles?, session: Session
    ) -> Bool {
        let host = files?.host
        if let place { return place.isHere(session.environmentPath(environment), host) }
        guard let host else { return true }
        return [path, host.hostKey, host.hostPublicKey].contains(where: Paths.exists)
    }

    /// A host that lies here is told, and answers: nobody passes over it by a word.
    private static func requireGone(_ files: EnvironmentFiles, _ place: HandOverPlace?) throws {
        let host = files.host
        guard [host.hostKey, host.hostPublicKey, host.installed].contains(where: Paths.exists) else { return }
        // Another one, which was made here since.
        if let wanted = place?.host, let own = files.hostID, own != wanted { return }
        throw Failure(
            "withdrawal.host-here",
            "found the host of '\(files.name)' in \(host.directory), expected one that is lost",
            hint: "let it be told: hftml deployments withdraw \(Inbox.word(files.name))", exitStatus: .refused)
    }

    private static func elsewhere(_ place: HandOverPlace?, _ what: String, _ environment: String, way: String)
        -> Failure
    {
        Failure(
            "withdrawal.elsewhere",
            "found \(what) handed over to '\(environment)' "
                + (place.map { "in \($0.words)" } ?? "in another clone or on another machine")
                + ", and its host not here: a word that is left here never reaches it",
            hint: "take it back there: "
                + (place?.command("deployments withdraw", environment)
                    ?? "hftml deployments withdraw \(environment), where the host's directory is") + "; \(way)",
            exitStatus: .refused)
    }
}
