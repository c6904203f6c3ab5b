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
        // Where the directory is gone nobody can be told, and its host may have taken the order with it.
        let isHere =
            (files != nil || place == nil) && isHere(place, environment, path, files, session: session)
        if request.isHostLost, isHere, let files { try requireGone(files, place, session: session) }
        if request.isHostLost, !isHere, let host = place?.host {
            try requireNowhere(host, environment, session: session)
        }
        if isHere, !request.isHostLost { return nil }
        let end = try end(of: promotion.bundle, environment, session: session)
        let isPast = end.map { $0.saturatingPlus(Admission.clockTolerance) <= now } ?? false
        let hasCome = try session.registry().deployments(environment: environment).contains {
            $0.bundle == promotion.bundle && $0.isInForce
        }
        guard request.isHostLost || isPast && !hasCome else {
            let until = isPast ? nil : end
            throw elsewhere(
                place, promotion.reference, environment,
                way: lostWay(environment)
                    + (until.map { "; or wait until \(TimeText.utc($0)), when nobody can take its order any more" }
                        ?? ""),
                session: session)
        }
        try requireHandedOver(environment, session: session)
        let word =
            request.isHostLost
            ? try lostHostWord(
                (promotion.counter ?? 0, promotion.bundle), place, environment, request, files, session: session)
            : []
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

    /// A command at work would lay its bundle into the inbox after the end, and no word to the host beside it.
    private static func requireHandedOver(_ environment: String, session: Session) throws {
        guard try HandOverLock.isHeld(environment, session: session) else { return }
        throw Failure(
            "promote.race", "found another command at work that hands a bundle over to '\(environment)'",
            hint: "wait for its end, then run the same again", exitStatus: .refused)
    }

    /// That a host is lost is a promoter's word, signed as the one that the host would have got.
    ///
    /// - Parameter files: nil where the host's directory is gone; whose environment it was, the order says.
    ///
    /// - Returns: as keys of the log's entry.
    static func lostHostWord(
        _ order: (counter: Int, bundle: String), _ place: HandOverPlace?, _ environment: String, _ request: Request,
        _ files: EnvironmentFiles?, session: Session
    ) throws -> [(String, JSONValue)] {
        guard let documents = try files ?? documents(of: order.bundle, session: session) else {
            throw Failure(
                "authority.gone",
                "found no signed document here that says who may take back an order to '\(environment)'",
                hint: "do it where the environment's documents are: git pull", exitStatus: .refused)
        }
        let key = try currentSigner(request, documents, session: session)
        let withdrawal = Withdrawal(
            environment: documents.host.name, counter: order.counter, bundle: order.bundle,
            time: try session.registry().now(), person: try session.actor(), reason: request.reason, host: place?.host,
            isHostLost: true)
        return recorded(try withdrawal.signed(by: key).text, by: key)
    }

    /// Of the environment that an order in the store names; nil where none of those here does.
    static func documents(of bundle: String, session: Session) throws -> EnvironmentFiles? {
        guard let bytes = session.storedBundle(bundle) else { return nil }
        return try session.environmentNames().lazy.compactMap { name in
            try? EnvironmentFiles.made(name, session: session)
        }.first { files in
            let bundle = try? ModelBundle.verify(bytes, trusted: TrustedKeys(files.knownKeys()))
            let order = (bundle?.terms).flatMap { try? DeploymentOrder($0.deployment) }
            return order?.environment == files.host.name
        }
    }

    /// What was handed over elsewhere cannot be taken back here: the host would go on waiting, or trading, there.
    static func isHere(
        _ place: HandOverPlace?, _ environment: String, _ path: String, _ files: EnvironmentFiles?, session: Session
    ) -> Bool {
        let host = files?.host
        if let place { return place.isHere(session.environmentPath(environment), host) }
        guard let host else { return true }
        return [path, host.hostKey, host.hostPublicKey].contains(where: Paths.exists)
    }

    /// A host that lies here is told, and answers: nobody passes over it by a word. A copy of its directory, which has
    /// no private key, is no host; and no answer counts of one that was halted and taken out of the document.
    static func requireGone(_ files: EnvironmentFiles, _ place: HandOverPlace?, session: Session) throws {
        let host = files.host
        guard !HostStanding.isGone(host.hostKey) else { return }
        // Another one, which was made here since.
        if let wanted = place?.host, let own = files.hostID, own != wanted { return }
        if let former = try EnvironmentReceipts(files, session: session).former, former.isRetired,
            place?.host.map(former.keys.contains) ?? true
        {
            return
        }
        throw Failure(
            "withdrawal.host-here",
            "found the host of '\(files.name)' in \(host.directory), expected one that is lost",
            hint: "let it be told: hftml deployments withdraw \(Inbox.word(files.name))", exitStatus: .refused)
    }

    /// What to do where nobody reaches the host any more.
    static func lostWay(_ environment: String) -> String {
        "where that host is lost for good: \(lostWord(environment))"
    }

    static func lostWord(_ environment: String) -> String {
        "hftml deployments withdraw \(Inbox.word(environment)) --host-is-lost --reason TEXT"
    }

    static func elsewhere(
        _ place: HandOverPlace?, _ what: String, _ environment: String, way: String, session: Session
    ) -> Failure {
        // Whoever types it in that very directory is not sent there again.
        let isGone = place.map { $0.isMachine && $0.isAt(session.environmentPath(environment)) } ?? false
        let there =
            place?.command("deployments withdraw", environment)
            ?? "hftml deployments withdraw \(environment), where the host's directory is"
        return Failure(
            "withdrawal.elsewhere",
            "found \(what) handed over to '\(environment)' "
                + (place.map { "in \($0.words)" } ?? "in another clone or on another machine")
                + ", and its host not here: a word that is left here never reaches it",
            hint: isGone
                ? "the host that it was handed over to lies in this directory no more; where it moved, take it back "
                    + "there; \(way)"
                : "take it back there: \(there); \(way)", exitStatus: .refused)
    }
}
