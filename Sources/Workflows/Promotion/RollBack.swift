import Basics
import Deployment
import ModelBundles
import Promotion
package import Registry
import Trading

/// An environment in; what was in force there before the present version, in force again by a new order, and the
/// aliases that name what is in force at its version, out.
///
/// It needs neither the weights' registry nor the machine that trained: the host keeps every bundle that was in force.
package enum RollBack {
    package struct Request: Sendable {
        package var environment: String
        /// A counter of the revision history, or `NAME/VERSION`; nil for the last different one that nobody rejected.
        package var target: String?
        /// Name of a key of this project, or a private key file; it needs the role `promoter` in the environment.
        package var key: String
        /// In words of who orders it; it is signed with the rest.
        package var reason: String
        /// Seconds to wait for a receipt.
        package var wait = 30.0
        /// Whether to have the runtime look into its inbox.
        package var isActivating = true
        /// SHA-256 of the bundle that is being taken out of force; nil for whatever is in force.
        var takesOut: String?

        package init(environment: String, key: String, reason: String) {
            (self.environment, self.key, self.reason) = (environment, key, reason)
        }
    }

    package struct Outcome: Sendable {
        package let receipt: DeploymentRecord
        /// The aliases that were moved: none where they were there already, or where this registry does not know the
        /// version.
        package let aliases: [String]
        /// Number of the revision that is in force again.
        package let target: Int
    }

    /// Under a document that has expired it is an emergency: the host takes it only back along the way that led to what
    /// is in force, and its receipt says so.
    ///
    /// - Throws: ``Failure`` with code `authority.other-root` where the record is of another project's environment,
    ///   `rollback.none` or `rollback.unknown` where there is nothing to go back to, or by itself only to what somebody
    ///   rejected, `rollback.reason`, `promote.key`, `promote.host-key` where no host could answer,
    ///   `rollback.no-receipt` when the runtime does not answer with a rollback.
    package static func run(_ request: Request, runtime: RuntimePort = RuntimeProgram.port, session: Session) throws
        -> Outcome
    {
        guard !request.reason.allSatisfy(\.isWhitespace) else {
            throw Failure(
                "rollback.reason", "found no reason for the rollback", hint: "give one: --reason \"…\"",
                exitStatus: .usage)
        }
        session.passOverTrackedRegistry()
        let files = try EnvironmentFiles(request.environment, session: session)
        try requireOwn(files, session: session)
        // A promotion that was cut off after its receipt is ended first: ended later, it would move its alias again.
        try SettlePromotions.run(environment: files.name, session: session)
        // A host that was moved here, or has gone on elsewhere, is told by the record; what cannot be taken up holds up
        // nothing.
        _ = try? CollectReceipts.run(files, session: session)
        _ = try? CollectReceipts.others(of: files, session: session)
        let line = try Line(files, session: session)
        try line.receipts.former?.requireAnswering(files, "hftml rollback PLACE --reason TEXT --key KEY")
        if request.isActivating { try requireHost(files) }
        return try deploy(request, line, runtime: runtime, session: session)
    }

    /// Where no host's key lies, nobody here could answer the order, and it would wait, in the way of all that is
    /// ordered later. One that cannot be read is the host's own business.
    private static func requireHost(_ files: EnvironmentFiles) throws {
        guard HostStanding.isGone(files.host.hostKey) else { return }
        throw Failure(
            "promote.host-key",
            "found no key of a host in '\(files.name)', so its runtime could sign no receipt; no rollback was signed",
            hint: "where its runtime works elsewhere, leave the look to it: hftml rollback \(Inbox.word(files.name)) "
                + "--reason TEXT --key KEY --no-activate; for what waits, "
                + WithdrawPromotion.lostWay(files.name), exitStatus: .refused)
    }

    /// An order of another project's environment would wait for ever in the record of the one that is called the same.
    private static func requireOwn(_ files: EnvironmentFiles, session: Session) throws {
        do { try DocumentsOnRecord(try session.registry()).requireOwn(files) } catch let error as Failure {
            throw Failure(
                error.code, error.message,
                hint: "go back at the host, which asks no record: hftml-runtime rollback "
                    + "\(Inbox.word(files.host.directory)); " + (error.hint ?? ""), exitStatus: .refused)
        }
    }

    static func deploy(_ request: Request, _ line: Line, runtime: RuntimePort, session: Session) throws -> Outcome {
        let registry = try session.registry(), files = line.files, now = registry.now()
        let key = try PrivateKeys.signer(request.key, session: session)
        let revocations = try ManageKeys.revocations(session, toRollBackWith: key.publicKey, files)
        let document = try files.newestToRollBack(at: now, session: session).revoking(revocations)
        try ActingIdentity.require(document.authority, session: session)
        files.tellUnpinned(session: session)
        let delivery = OlderDocuments.tell(files, document.authority, session: session)
        let emergency = document.authority.emergency(at: now)
        try requirePromoter(key, document.authority, at: now, hint: delivery)
        let rejected = RejectedRevisions(line, document.authority, session: session)
        let target = try request.target.map { try line.target($0) } ?? line.ownTarget(rejected, request.takesOut)
        if request.target == nil { try rejected.requireAllowed(target, request) }
        rejected.tell(target, session: session)
        if let emergency {
            session.caller.conversation.say(
                "\(emergency): an emergency rollback, back to what was in force before alone; sign the next document: "
                    + "hftml environments sign \(files.name) --as KEY")
        }
        guard let bytes = try line.bytes(target), let terms = line.bundles.terms(bytes) else {
            throw Failure(
                "rollback.no-bundle",
                "found no bundle of revision \(target.counter) of '\(files.name)' signed by a key that it still knows, "
                    + "neither at the host nor in the registry's store", hint: "promote a version instead")
        }
        tellRevoked(terms, target, revocations, files, session: session)
        let wide = terms.limits.limits.excesses(over: document.authority.limits)
        guard wide.isEmpty else {
            throw Failure(
                "promote.limits",
                "found limits of revision \(target.counter) beyond those of '\(files.name)' now: "
                    + wide.joined(separator: "; "), exitStatus: .refused)
        }
        let days = emergency == nil ? document.authority.deploymentDays : min(1, document.authority.deploymentDays)
        let end = now.saturatingPlus(Nanoseconds(saturating: days * 86_400e9))
        var order = DeploymentOrder(
            environment: document.authority.name, authority: (document.authority.counter, document.digest),
            counter: try line.bundles.nextCounter(line.receipts), action: .rollback, manifest: terms.manifest,
            verdict: terms.verdict, limits: Digest.sha256(terms.limits.limits.json.text(.canonical)),
            share: terms.share, time: now, expiresAt: emergency == nil ? min(end, document.authority.expiresAt) : end,
            person: try session.actor(),
            reason: request.reason)
        order.previous = DeploymentOrder.Previous(line.atHost.current)
        order.host = files.orderedHost(document.authority, at: now, session: session)
        // Before the receipt is taken up, which moves them where nobody waits for it.
        let aliases = try MovedAliases(
            restored: target.manifest, left: line.history.current?.manifest,
            in: [files.name] + MovedHost.before(files, session: session), registry: registry)
        let receipt = try handOver(
            try ModelBundle.redeployed(bytes, deployment: try order.signed(by: key)), order, target, request, line,
            detail: rejected.detail(target), key: key, runtime: runtime, session: session)
        try aliases.move(registry)
        try SignHead.run(signer: key, for: document.authority, session: session)
        return Outcome(receipt: receipt, aliases: aliases.names, target: target.counter)
    }

    /// - Parameter hint: what may help first.
    static func requirePromoter(
        _ key: any Signer, _ document: EnvironmentAuthority, at time: Nanoseconds, hint: String? = nil
    ) throws {
        let id = key.publicKey.id
        if document.keys(for: EnvironmentAuthority.Role.promoter, at: time).contains(where: { $0.id == id }) { return }
        let reason =
            document.keys.first { $0.id == id }?.objection(at: time)
            ?? "the key of '\(key.name)' (\(id)) has no role 'promoter' in '\(document.name)'"
        throw Failure("promote.key", "found a key that may not roll back: \(reason)", hint: hint, exitStatus: .refused)
    }

    /// On record first, then to the host; the receipt that a host signs is the answer.
    private static func handOver(
        _ bytes: [UInt8], _ order: DeploymentOrder, _ target: RevisionHistory.Revision, _ request: Request,
        _ line: Line, detail: [(String, JSONValue)], key: any Signer, runtime: RuntimePort, session: Session
    ) throws -> DeploymentRecord {
        let registry = try session.registry(), digest = Digest.sha256(bytes), files = line.files
        // What makes safe goes on.
        let tracked = trackedWay(files)
        if let tracked { session.caller.conversation.say("\(tracked.problem); \(tracked.way)") }
        try Preflight.check(files, session: session)
        _ = try session.artefacts.add(bytes)
        try registry.audit(
            action: "rollback", subject: .environment(files.name),
            detail: .map(
                [
                    ("counter", .int(order.counter)), ("to", .int(target.counter)),
                    ("version", .string(line.references[target.counter])), ("manifest", .string(order.manifest)),
                    ("bundle", .string(digest)), ("reason", .string(request.reason)), ("signer", .string(key.name)),
                    ("keyID", .string(key.publicKey.id)),
                    ("place", HandOverPlace(files, host: order.host).json),
                ] + detail))
        try AtomicFile.write(bytes, to: Paths.join(files.host.inbox, fileName(order.counter, digest)))
        if request.isActivating { try runtime.accept(files.host.directory) }
        // Not before: an authority for timestamps that does not answer would keep what is bad in force meanwhile.
        try SignHead.run(signer: key, session: session)
        guard
            let receipt = try CollectReceipts.wait(for: digest, files, seconds: request.wait, session: session)
        else {
            throw Failure(
                "rollback.no-receipt",
                "got no receipt of the rollback signed by a host of '\(files.name)' within \(request.wait) s",
                hint: tracked?.way
                    ?? "start the runtime: the order waits in its inbox, and its receipt will be in: hftml deployments "
                    + "list")
        }
        guard receipt.isInForce else {
            throw Failure(
                "promote.refused-by-runtime",
                "the runtime of '\(files.name)' refused the rollback: \(Refused.words(receipt.reason))",
                hint: "the version in force before stays in force; \(Refused.way(files.name, receipt.reason)); or stop "
                    + "trading: hftml-runtime halt \(Inbox.word(files.host.directory)) --by PERSON --reason TEXT",
                exitStatus: .refused)
        }
        try trace(receipt, digest, version: line.references[target.counter], registry: registry)
        return receipt
    }

    /// What is wrong with a host that Git tracks, and what to do: it may look into no inbox, and a halt alone stops it.
    private static func trackedWay(_ files: EnvironmentFiles) -> (problem: String, way: String)? {
        do { try TrackedByGit.requireNone(files.host) } catch {
            let directory = Inbox.word(files.host.directory), failure = error as? Failure
            return (
                failure?.message ?? "\(error)",
                "stop trading first, since it takes no order like this: hftml-runtime halt \(directory) --by PERSON "
                    + "--reason TEXT; then " + (failure?.hint.map { "\($0); then " } ?? "")
                    + "let it look, the order waits in its inbox: hftml-runtime accept \(directory)"
            )
        }
        return nil
    }

    /// What the bundle of an order is called in the inbox.
    static func fileName(_ counter: Int, _ bundle: String) -> String {
        "rollback-\(counter)-\(bundle.prefix(12)).hftbundle"
    }

    /// Leads from the version to what is in force again, where this registry knows the version.
    private static func trace(
        _ receipt: DeploymentRecord, _ bundle: String, version reference: String?, registry: RegistryDatabase
    ) throws {
        guard let reference, let version = try? registry.version(reference) else { return }
        let deployment = LineageNode.deployment(receipt.environment, bundle: bundle)
        try registry.link([.version(version)], to: .bundle(bundle, version: reference))
        try registry.link([.bundle(bundle, version: reference)], to: deployment)
        try registry.link([deployment], to: .receipt(receipt))
    }
}
