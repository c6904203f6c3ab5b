import Basics
import Deployment
import Foundation
import ModelBundles
import Promotion
package import Registry

/// A gated version in; a signed bundle in the runtime's inbox, the runtime's receipt, and the moved alias out.
package enum PromoteModel {
    package struct Outcome: Sendable {
        package let version: VersionRecord
        /// SHA-256 of the bundle.
        package let bundle: String
        /// Where it was handed over.
        package let bundlePath: String
        package let receipt: DeploymentRecord
        /// The alias that now points at the version.
        package let alias: String
    }

    package struct Request: Sendable {
        /// Moved by a promotion to all instruments, unless another is asked for.
        static let championAlias = "champion"
        /// Moved by a promotion to a share of the instruments, unless another is asked for.
        static let canaryAlias = "canary"

        package var reference: String
        package var environment: String
        package var strategy: String
        package var features: String
        /// Name of a key of this project, or a private key file.
        package var key: String
        /// Moved once the runtime has installed the bundle; nil for `champion`, or `canary` with a share below 1.
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

        var movedAlias: String { alias ?? (share < 1 ? Request.canaryAlias : Request.championAlias) }
    }

    /// - Throws: ``Failure`` with exit status 2 when a rule, the runtime or the health rule says no; the version in
    ///   force before is in force then. With code `promote.no-receipt` when the runtime does not answer in time: the
    ///   bundle waits in its inbox then.
    package static func run(
        _ request: Request, runtime: RuntimePort = RuntimeProgram.port, session: Session
    ) throws -> Outcome {
        var request = request
        request.environment = session.environmentName(request.environment)
        let registry = try session.registry(), directory = try environment(request.environment, session: session),
            version = try RegisterModel.version(request.reference, session: session)
        // A promotion there that cannot be ended is the reason why no other can begin.
        let settled = try SettlePromotions.run(session: session)
        if let problem = settled.first(where: { $0.promotion.environment == request.environment })?.problem {
            throw problem
        }
        let (decision, policy) = try permission(version, request, session: session)
        let incumbent = try GateModel.incumbent(of: version.model, alias: request.movedAlias, registry: registry)
        let key = try SigningKey.read(ManageKeys.privateKey(request.key, session: session))
        let bytes = try makeBundle(version, decision: decision, request, key: key, session: session)
        let digest = Digest.sha256(bytes)
        let path = Paths.join(directory, "inbox/\(version.model)-\(version.version)-\(digest.prefix(12)).hftbundle")
        let promotion = PromotionRecord(
            bundle: digest, model: version.model, version: version.version, environment: request.environment,
            alias: request.movedAlias, share: request.share, replaced: incumbent?.version,
            path: session.shown(path), begunAt: registry.now())
        try handOver(promotion, bytes, to: path, decision: decision, request, key: key, session: session)
        if request.isActivating { try runtime.accept(directory) }
        guard
            let receipt = try CollectReceipts.wait(
                for: digest, in: directory, seconds: request.wait, registry: registry)
        else {
            throw Failure(
                "promote.no-receipt",
                "got no receipt of \(version.reference) from '\(request.environment)' within \(request.wait) s",
                hint: "start the runtime: the bundle waits in its inbox, "
                    + "and its receipt will be in: hftml deployments list")
        }
        try conclude(promotion, receipt, health: policy.health, request, runtime: runtime, session: session)
        return Outcome(
            version: version, bundle: digest, bundlePath: path, receipt: receipt, alias: request.movedAlias)
    }

    private static func environment(_ name: String, session: Session) throws -> String {
        let directory = session.environmentPath(name)
        if Paths.exists(Paths.join(directory, "runtime.json")) { return directory }
        guard Paths.isDirectory(directory) else { throw try session.unknownEnvironment(name) }
        throw Failure(
            "promote.no-environment", "found no runtime.json in the environment '\(name)' at '\(directory)'",
            hint: "see Registry/environments for one", exitStatus: .usage)
    }

    /// The verdict that allows the promotion, and the policy that gave it.
    private static func permission(_ version: VersionRecord, _ request: Request, session: Session) throws -> (
        decision: GateDecisionRecord, policy: GatePolicy
    ) {
        let registry = try session.registry()
        let permission = try GateDecision.required(
            for: version,
            policy: {
                let path = Paths.join(session.root, $0)
                return Paths.exists(path) ? try GateModel.policy(path, session: session) : nil
            },
            strategy: try StrategyFile.digest(request.strategy),
            incumbent: try GateModel.incumbent(of: version.model, registry: registry)?.reference, in: registry)
        try requireCanary(version, request, policy: permission.policy, registry: registry)
        try registry.requireEarned(request.movedAlias, version, order: session.aliasOrder)
        return permission
    }

    /// A policy may ask that the same weights first trade a share of the instruments for some hours.
    private static func requireCanary(
        _ version: VersionRecord, _ request: Request, policy: GatePolicy, registry: RegistryDatabase
    ) throws {
        guard request.share > 0, request.share <= 1 else {
            throw Failure(
                "promote.share", "found a share of \(request.share), expected above 0 and at most 1", exitStatus: .usage
            )
        }
        guard request.share == 1, let hours = policy.canaryHours else { return }
        let been = try registry.canarySince(version).map { Double(registry.now() - $0) / 3600e9 }
        if let been, been >= hours { return }
        let found = been.map { "a canary for \(String(format: "%.1f", $0)) hours" } ?? "never a canary"
        throw Failure(
            "promote.canary",
            "found \(version.reference) \(found); the policy '\(policy.name)' asks for \(hours) hours",
            hint: "run: hftml promote \(version.reference) --to \(request.environment) --share 0.25 …",
            exitStatus: .refused)
    }

    /// Puts the promotion on record, then its documents, a signed head of the log, and the bundle in the inbox.
    private static func handOver(
        _ promotion: PromotionRecord, _ bytes: [UInt8], to path: String, decision: GateDecisionRecord,
        _ request: Request, key: SigningKey, session: Session
    ) throws {
        let registry = try session.registry(), version = try registry.version(promotion.reference)
        try registry.begin(promotion, gate: decision.digest)
        do {
            try registry.link(
                [.version(version), .gateDecision(decision)],
                to: .bundle(promotion.bundle, version: promotion.reference))
            try describe(promotion, request, key: key, session: session)
            try SignHead.run(signer: key, session: session)
            try AtomicFile.write(bytes, to: path)
        } catch {
            // The bundle has not left. Where even this cannot be recorded, the next command finds out by itself after
            // some seconds.
            if !Paths.exists(path) {
                try? registry.end(promotion, .withdrawn, reason: "the bundle could not be written")
            }
            throw error
        }
    }

    /// Ends the promotion by its receipt and, where the policy has one, its health rule.
    private static func conclude(
        _ promotion: PromotionRecord, _ receipt: DeploymentRecord, health rule: HealthRule?, _ request: Request,
        runtime: RuntimePort, session: Session
    ) throws {
        let registry = try session.registry(), directory = session.environmentPath(promotion.environment)
        if receipt.isInstalled, let rule,
            let reason = WatchHealth.objection(
                rule, bundle: promotion.bundle, in: directory, probe: request.probe, runtime: runtime)
        {
            let isBack = try WithdrawPromotion.takeBack(
                promotion, reason: "health: \(reason)", runtime: runtime, session: session)
            throw Failure(
                "promote.unhealthy",
                "the runtime of '\(promotion.environment)' ran \(promotion.reference), and its health rule failed: "
                    + reason,
                hint: isBack
                    ? "the version in force before is in force again; see: hftml deployments list"
                    : "there was none before, so the environment is halted", exitStatus: .refused)
        }
        try SettlePromotions.end(promotion, receipt, registry: registry)
        guard receipt.isInstalled else {
            throw Failure(
                "promote.refused-by-runtime",
                "the runtime of '\(promotion.environment)' refused \(promotion.reference): "
                    + (receipt.reason ?? "no reason given"),
                hint: "the version in force before stays in force", exitStatus: .refused)
        }
    }
}
