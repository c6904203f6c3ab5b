import Basics
import Deployment
import ModelBundles
import Registry

/// A host that is lost, and that nothing waits for.
extension WithdrawPromotion {
    /// Puts a promoter's signed word on record that the host is lost which signed last what came in force there. Once
    /// the newest document names its key no more, the word ends the place as a halt would, which no lost host signs.
    ///
    /// - Returns: nil where the record knows of no such host, or knows that it is lost.
    /// - Throws: ``Failure`` with code `withdrawal.host-here` where its key lies here, or it has gone on elsewhere;
    ///   `promote.key`.
    static func hostAlone(_ request: Request, _ environment: String, session: Session) throws -> Outcome? {
        guard let signed = try RecordedHosts.SignedThere(environment, session: session) else { return nil }
        let files = signed.files, registry = try session.registry()
        let receipts = signed.receipts
        guard let last = LostHosts.last(receipts),
            try !LostHosts(files, session: session).contains(last.signer, receipts)
        else { return nil }
        try requireNowhere(last.signer, environment, session: session)
        let key = try currentSigner(request, files, session: session)
        let withdrawal = Withdrawal(
            environment: files.host.name, counter: max(1, receipts.compactMap(\.receipt.counter).max() ?? 1),
            bundle: last.receipt.bundle, time: registry.now(), person: try session.actor(), reason: request.reason,
            host: last.signer, isHostLost: true)
        try registry.audit(
            action: LostHosts.action, subject: .environment(environment),
            detail: .map(
                [
                    ("host", .string(last.signer)), ("counter", .int(withdrawal.counter)),
                    ("bundle", .string(withdrawal.bundle)), ("reason", .string(request.reason)),
                    ("hostIsLost", .bool(true)),
                ] + recorded(try withdrawal.signed(by: key).text, by: key)))
        var outcome = Outcome(
            promotion: nil, rollback: nil, bundle: withdrawal.bundle, environment: request.environment,
            isConfirmed: false, expiresAt: nil)
        (outcome.isUntold, outcome.lostHost) = (true, last.signer)
        return outcome
    }

    /// A host whose key lies on this machine, or that has signed at another place since, is not lost.
    static func requireNowhere(_ key: String, _ environment: String, session: Session) throws {
        let registry = try session.registry()
        let names = Set(try session.environmentNames() + registry.environmentNames()).union([environment])
        // In other clones on this machine, too, as far as orders were handed over there.
        let directories =
            names.sorted().map(session.environmentPath)
            + (try HandOverPlace.newest(registry).values.filter(\.isMachine).map(\.directory).sorted())
        for directory in directories {
            guard Paths.exists("\(directory)/runtime.json"), let host = try? DeploymentDirectory(directory),
                !HostStanding.isGone(host.hostKey), host.hostID == key,
                // One that is halted trades nowhere, and may be one no more.
                !Paths.exists(host.haltFile)
            else { continue }
            let place = Inbox.word(host.directory)
            throw Failure(
                "withdrawal.host-here",
                "found the key of the host of '\(environment)' (\(key)) in \(host.directory), expected one that "
                    + "is lost",
                hint: "where it is to trade no more, let it sign that: hftml-runtime halt \(place) --by PERSON "
                    + "--reason TEXT; then take its key out of environment.yaml", exitStatus: .refused)
        }
        let files = try EnvironmentFiles.made(environment, session: session)
        guard let next = try files.flatMap({ try EnvironmentReceipts($0, session: session).former?.next }) else {
            return
        }
        throw Failure(
            "withdrawal.host-here",
            "found the host of '\(environment)' (\(key)) gone on in '\(next)', expected one that is lost",
            hint: "where it is lost there: \(lostWord(next))", exitStatus: .refused)
    }
}
