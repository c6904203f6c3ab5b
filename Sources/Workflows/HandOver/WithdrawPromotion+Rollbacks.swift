import Basics
import Deployment
import ModelBundles
import Registry

/// A rollback that no host has answered, taken back.
extension WithdrawPromotion {
    /// The host's answer ends its waiting; a host that came back from an older copy, or lost its inbox, gives one too.
    ///
    /// - Returns: nil where none waits.
    /// - Throws: ``Failure`` with code `withdrawal.elsewhere`, `promote.key`, or `promote.none` where it came in force
    ///   meanwhile.
    static func rollback(_ request: Request, _ environment: String, runtime: RuntimePort, session: Session) throws
        -> Outcome?
    {
        let registry = try session.registry()
        guard let files = try EnvironmentFiles.made(environment, session: session),
            let detail = try registry.rollbackOrder(environment: environment),
            let counter = detail[key: "counter"]?.intValue, let bundle = detail[key: "bundle"]?.stringValue
        else { return nil }
        try CollectReceipts.run(files, session: session)
        let receipts = try EnvironmentReceipts(files, session: session)
        guard try DeployedBundles(files: files, session: session).waitingRollback(receipts) == counter else {
            return nil
        }
        let path = Paths.join(files.host.inbox, RollBack.fileName(counter, bundle))
        try requireHere(
            HandOverPlace(detail[key: "place"]), rollback: counter, environment, path, files, request,
            session: session)
        let key = try signer(request, files, session: session).key
        try Paths.remove(path)
        let answer = try tell((counter, bundle), request, files, key: key, runtime: runtime, session: session)
        if let answer, answer.isInForce {
            throw Failure(
                "promote.none", "found rollback \(counter) of '\(environment)' in force: its host had taken it",
                hint: "see: hftml deployments list --environment \(environment)", exitStatus: .refused)
        }
        try registry.audit(
            action: "rollback.withdrawn", subject: .environment(environment),
            detail: .map([
                ("counter", .int(counter)), ("bundle", .string(bundle)), ("reason", .string(request.reason)),
                ("signer", .string(key.name)), ("keyID", .string(key.publicKey.id)),
            ]))
        return Outcome(
            promotion: nil, rollback: counter, bundle: bundle, environment: request.environment,
            isConfirmed: answer != nil,
            expiresAt: answer == nil ? try end(of: bundle, environment, session: session) : nil)
    }
}
