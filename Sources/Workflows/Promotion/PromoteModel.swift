import Basics
import Deployment
import ModelBundles
import Promotion
package import Registry

/// A gated version in; a signed bundle in the runtime's inbox, the runtime's receipt, and the moved alias out.
package enum PromoteModel {
    package struct Outcome: Sendable {
        package let version: VersionRecord
        /// SHA-256 of the bundle.
        package let bundle: String
        /// Where it was handed over; nil where it is in force already and nothing was done.
        package let bundlePath: String?
        package let receipt: DeploymentRecord
        /// The alias that now points at the version.
        package let alias: String

        /// Whether the same was in force before, so that nothing was done.
        package var isStanding: Bool { bundlePath == nil }
    }

    package struct Request: Sendable {
        package var reference: String
        package var environment: String
        package var strategy: String
        package var features: String
        /// Name of a key of this project, or a private key file; it needs the role `promoter` in the environment.
        package var key: String
        /// Moved once the runtime has installed the bundle; nil for the environment's own: its name, with `-canary`
        /// for a share below 1, and for a further host the name of its directory behind it; for one that was moved, the
        /// alias that it had. So what one host runs never moves what another one reads.
        package var alias: String?
        /// Of the instruments; below 1 for a canary.
        package var share = 1.0
        /// Seconds to wait for a receipt.
        package var wait = 30.0
        /// Bars that the runtime replays for its first health report, where no market feeds it.
        package var probe: [String] = []
        /// Whether to have the runtime look into its inbox; false where one runs and looks by itself.
        package var isActivating = true

        package init(reference: String, environment: String, strategy: String, features: String, key: String) {
            self.reference = reference
            self.environment = environment
            self.strategy = strategy
            self.features = features
            self.key = key
        }

        func movedAlias(in files: EnvironmentFiles, of model: String, session: Session) throws -> String {
            if let alias { return alias }
            let own = try OwnedAliases.going(files, of: model, session: session)
            return share < 1 ? "\(own)-canary" : own
        }
    }

    /// - Throws: ``Failure`` with exit status 2 when the environment, the gate, the runtime or the health rule says no;
    ///   the version in force before is in force then. With code `promote.no-receipt` when the runtime does not answer
    ///   in time: the bundle waits in its inbox then.
    package static func run(
        _ request: Request, runtime: RuntimePort = RuntimeProgram.port, session: Session
    ) throws -> Outcome {
        guard request.share > 0, request.share <= 1 else {
            throw Failure(
                "promote.share", "found a share of \(request.share), expected above 0 and at most 1", exitStatus: .usage
            )
        }
        let files = try EnvironmentFiles(request.environment, session: session), registry = try session.registry(),
            version = try RegisterModel.version(request.reference, session: session)
        files.tellUnpinned(session: session)
        // A promotion there that cannot be ended is the reason why no other can begin.
        let settled = try SettlePromotions.run(session: session)
        if let problem = settled.first(where: { $0.promotion.environment == files.name })?.problem { throw problem }
        let key = try PrivateKeys.signer(request.key, session: session)
        let gathered = try GatherFacts.run(version, request, files, key: key, session: session)
        let delivery = OlderDocuments.tell(files, gathered.facts.authority.authority, session: session)
        switch PromotionCheck.decide(gathered.facts) {
        case .standing:
            // Somebody's no since is no reason to say that all is done.
            if let rejected = try RejectedInForce.find(files, weights: version.weights, session: session).first {
                throw rejected
            }
            return try standing(version, request, gathered, files, session: session)
        case .refused(let objections): throw refusal(objections, first: delivery)
        case .admitted(let grant):
            let alias = try request.movedAlias(in: files, of: version.model, session: session)
            try requireOwn(alias, isNamed: request.alias != nil, version, in: files, session: session)
            try registry.requireEarned(alias, version, order: session.aliasOrder)
            try TrackedByGit.requireNone(files.host)
            try Preflight.check(files, session: session)
            if request.isActivating { try Preflight.checkHost(files, gathered.facts.authority.authority) }
            let bytes = try makeBundle(version, grant, request, gathered, files, key: key, session: session)
            let promotion = try record(version, bytes, request, alias: alias, gathered, files, session: session)
            let run = PromotionRun(
                promotion: promotion, seen: gathered.seen, host: bytes.order.host, bytes: bytes.bytes, grant: grant,
                request: request, authority: gathered.facts.authority.authority,
                rule: gathered.facts.authority.authority.health ?? gathered.facts.policy?.health, key: key,
                files: files, runtime: runtime, session: session)
            let receipt = try run.toItsEnd()
            return Outcome(
                version: version, bundle: promotion.bundle, bundlePath: run.path, receipt: receipt, alias: alias)
        }
    }

    /// All reasons in one error, under the code of the first, and what to do about each in the same order.
    private static func refusal(_ objections: [PromotionCheck.Objection], first: String?) -> Failure {
        var hints = [first].compactMap(\.self)
        for hint in objections.compactMap(\.hint) where !hints.contains(hint) { hints.append(hint) }
        return Failure(
            objections.first?.code ?? "promote.refused", objections.map(\.message).joined(separator: "; "),
            hint: hints.isEmpty ? nil : hints.joined(separator: "; then "), exitStatus: .refused)
    }

    /// An alias that follows from the name of a place is that place's alone, whoever names it. Two hosts of one
    /// document may lie in directories whose last part is the same; what one of them runs is not what the other does.
    ///
    /// - Parameter isNamed: whether somebody named it: one that is no place's is theirs to share.
    /// - Throws: ``Failure`` with code `promote.alias`.
    private static func requireOwn(
        _ alias: String, isNamed: Bool, _ version: VersionRecord, in files: EnvironmentFiles, session: Session
    ) throws {
        let registry = try session.registry(), owned = try OwnedAliases(session)
        let own = try [files.name] + MovedHost.before(files, session: session), owners = owned.owners(alias)
        if isNamed, !owners.contains(where: own.contains), let owner = owners.first {
            throw Failure(
                "promote.alias",
                "found the alias '\(alias)' to be that of '\(owner)', and this is '\(files.name)'",
                hint: "leave --alias away, or name one that no environment has", exitStatus: .refused)
        }
        guard !isNamed else { return }
        for place in try registry.environmentNames() where !own.contains(place) && !owned.isOther(alias, at: place) {
            let inForce = try registry.deployments(environment: place).filter(\.isInForce)
            guard let manifest = inForce.max(by: { $0.counter ?? 0 < $1.counter ?? 0 })?.manifest,
                let promotion = try registry.promotion(manifest: manifest, environment: place),
                promotion.alias == alias, promotion.model == version.model
            else { continue }
            throw Failure(
                "promote.alias",
                "found \(version.model)@\(alias) to name what runs in '\(place)' (\(promotion.reference)), expected an "
                    + "alias that names what runs in '\(files.name)' alone",
                hint: "name another one each time: hftml promote \(version.reference) --to \(files.name) --alias "
                    + "\(alias)-2 …", exitStatus: .refused)
        }
    }

    private static func standing(
        _ version: VersionRecord, _ request: Request, _ gathered: GatherFacts.Outcome, _ files: EnvironmentFiles,
        session: Session
    ) throws -> Outcome {
        guard let receipt = gathered.receipts.inForce.last else {
            throw Failure("promote.no-receipt", "found no receipt of what is in force in '\(files.name)'")
        }
        return Outcome(
            version: version, bundle: receipt.bundle, bundlePath: nil,
            receipt: DeploymentRecord(receipt, files, envelope: gathered.receipts.envelope(of: receipt)),
            alias: try request.movedAlias(in: files, of: version.model, session: session))
    }

    private static func record(
        _ version: VersionRecord, _ made: MadeBundle, _ request: Request, alias: String,
        _ gathered: GatherFacts.Outcome, _ files: EnvironmentFiles, session: Session
    ) throws -> PromotionRecord {
        let registry = try session.registry(), digest = Digest.sha256(made.bytes)
        let incumbent = try GateModel.incumbent(of: version.model, alias: alias, registry: registry)
        let path = Paths.join(
            files.host.inbox, "\(version.model)-\(version.version)-\(digest.prefix(12)).hftbundle")
        var promotion = PromotionRecord(
            bundle: digest, model: version.model, version: version.version, environment: files.name, alias: alias,
            share: request.share, replaced: incumbent?.version, path: session.shown(path), begunAt: registry.now())
        (promotion.counter, promotion.manifest) = (made.order.counter, made.order.manifest)
        return promotion
    }
}
