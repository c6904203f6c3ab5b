import Basics
import Features
import Foundation
import ModelBundles
import NeuralNetworks
import Promotion
import Registry
import Tensors
import Trading

/// A gated version in; a signed bundle in the runtime's inbox, the runtime's receipt, and the moved alias out.
package enum PromoteModel {
    package struct Outcome: Sendable {
        package var version: VersionRecord
        package var bundle: String
        package var bundlePath: String
        /// Nil while the runtime has not answered.
        package var receipt: DeploymentRecord?
        package var alias: String?
    }

    package struct Request: Sendable {
        package var reference: String
        package var environment: String
        package var strategy: String
        package var features: String
        package var keyPath: String
        /// Moved once the runtime has installed the bundle.
        package var alias = "champion"
        /// Of the instruments; below 1 for a canary.
        package var share = 1.0
        /// Seconds to wait for a receipt.
        package var wait = 30.0
        /// Bars that the runtime replays for its first health report, where no market feeds it.
        package var probe: [String] = []

        package init(reference: String, environment: String, strategy: String, features: String, keyPath: String) {
            self.reference = reference
            self.environment = environment
            self.strategy = strategy
            self.features = features
            self.keyPath = keyPath
        }
    }

    /// What promotion asks of the program on the trading host; each takes the environment's directory.
    package struct Runtime {
        /// Looks into the inbox once, where no runtime runs by itself.
        package var accept: (String) throws -> Void
        package var replay: (_ environment: String, _ data: [String]) throws -> Void
        package var rollBack: (String) throws -> Void
        package var halt: (_ environment: String, _ reason: String) throws -> Void

        package init(
            accept: @escaping (String) throws -> Void, replay: @escaping (String, [String]) throws -> Void,
            rollBack: @escaping (String) throws -> Void,
            halt: @escaping (String, String) throws -> Void
        ) {
            (self.accept, self.replay, self.rollBack, self.halt) = (accept, replay, rollBack, halt)
        }
    }

    /// - Throws: ``Failure`` with exit status 2 when a rule, the runtime or the health rule says no; the version in
    ///   force before is in force then.
    package static func run(_ request: Request, runtime: Runtime, session: Session) throws -> Outcome {
        var request = request
        request.environment = session.environmentName(request.environment)
        let registry = try session.registry()
        let version = try RegisterModel.version(request.reference, registry: registry)
        let directory = session.environmentPath(request.environment)
        guard Paths.exists(Paths.join(directory, "runtime.json")) else {
            throw Failure(
                "promote.no-environment", "found no environment '\(request.environment)' at '\(directory)'",
                hint: "it needs a runtime.json; see Registry/environments")
        }
        try settle(session: session, registry: registry)
        let incumbent = try GateModel.incumbent(of: version.model, alias: request.alias, registry: registry)
        let (decision, policy) = try GateDecision.required(
            for: version,
            policy: {
                Paths.exists(Paths.join(session.root, $0))
                    ? try GateModel.policy(Paths.join(session.root, $0), session: session) : nil
            },
            strategy: try StrategyFile.digest(request.strategy),
            incumbent: try GateModel.incumbent(of: version.model, registry: registry)?.reference, in: registry)
        try requireCanary(version, request, policy: policy, registry: registry)
        let order = session.aliasOrder
        let key = try SigningKey.read(request.keyPath)
        let bytes = try makeBundle(version, decision: decision, request, key: key, registry: registry, session: session)
        let digest = Digest.sha256(bytes)
        let path = Paths.join(directory, "inbox/\(version.model)-\(version.version)-\(digest.prefix(12)).hftbundle")
        try registry.requireEarned(request.alias, version, order: order)
        let promotion = PromotionRecord(
            bundle: digest, model: version.model, version: version.version, environment: request.environment,
            alias: request.alias, share: request.share,
            replaced: incumbent?.version, path: session.shown(path), begunAt: registry.now())
        try registry.begin(promotion, gate: decision.digest)
        do {
            try registry.link(
                [.version(version), .gateDecision(decision)], to: .bundle(digest, version: version.reference))
            try describe(promotion, request, key: key, registry: registry, session: session)
            try signHead(key, registry: registry, session: session)
            try AtomicFile.write(bytes, to: path)
        } catch {
            // The bundle has not left. Where even this cannot be recorded, the next command finds out by itself after
            // some seconds.
            if !Paths.exists(path) {
                try? registry.end(
                    promotion, .withdrawn, reason: "the bundle could not be written")
            }
            throw error
        }
        try runtime.accept(directory)
        var outcome = Outcome(version: version, bundle: digest, bundlePath: path)
        outcome.receipt = try awaitReceipt(
            bundle: digest, environment: directory, wait: request.wait, registry: registry)
        guard let receipt = outcome.receipt else { return outcome }
        if receipt.outcome == "installed", let rule = policy.health {
            if let reason = unhealthy(
                rule, bundle: digest, environment: directory, probe: request.probe, runtime: runtime)
            {
                let isBack = try takeBack(
                    promotion, reason: "health: \(reason)", runtime: runtime, registry: registry, session: session)
                throw Failure(
                    "promote.unhealthy",
                    "the runtime of '\(request.environment)' ran \(version.reference), and its health rule failed: "
                        + "\(reason)",
                    hint: isBack
                        ? "the version in force before is in force again; see: hftml deployments list"
                        : "there was none before, so the environment is halted", exitStatus: .refused)
            }
        }
        try end(promotion, receipt, registry: registry)
        guard receipt.outcome == "installed" else {
            throw Failure(
                "promote.refused-by-runtime",
                "the runtime of '\(request.environment)' refused \(version.reference): "
                    + "\(receipt.reason ?? "no reason given")",
                hint: "the version in force before stays in force", exitStatus: .refused)
        }
        outcome.alias = request.alias
        return outcome
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
        let since = try registry.canarySince(version)
        let been = since.map { Double(registry.now() - $0) / 3600e9 }
        guard let been, been >= hours else {
            throw Failure(
                "promote.canary",
                "found \(version.reference) "
                    + "\(been.map { "a canary for \(String(format: "%.1f", $0)) hours" } ?? "never a canary"); "
                    + "the policy '\(policy.name)' asks for \(hours) hours",
                hint: "run: hftml promote \(version.reference) --to \(request.environment) --share 0.25 …",
                exitStatus: .refused)
        }
    }

    /// The documents that go with a promotion, their digests in the audit log.
    private static func describe(
        _ promotion: PromotionRecord, _ request: Request, key: SigningKey, registry: RegistryDatabase, session: Session
    ) throws {
        let version = try registry.version(promotion.reference)
        var facts = try DescribeVersion.facts(version, registry: registry, session: session)
        facts.bundle = promotion.bundle
        // The horizon only matters for the rule; the limits are the same for any.
        let limits = try StrategyFile(request.strategy, horizon: 1).limits.json
        facts.limits = (limits, Digest.sha256(limits.text(.canonical)))
        let directory =
            "\(session.root)/Registry/promotions/\(Paths.name(promotion.environment))-\(promotion.model)-\(promotion.version)-\(promotion.bundle.prefix(12))"
        let documents = try DescribeVersion.write(facts, key: key, to: directory)
        try registry.audit(
            action: "promotion.documents", subject: promotion.subject,
            detail: .map([
                "bundle": .string(promotion.bundle), "documents": .map(documents.map { ($0.name, .string($0.digest)) }),
            ]))
    }

    /// Feeds the probe, if there is one, and waits until the health rule decides.
    ///
    /// - Returns: why the bundle may not stay; nil where it is healthy.
    private static func unhealthy(
        _ rule: HealthRule, bundle: String, environment: String, probe: [String], runtime: Runtime
    ) -> String? {
        if !probe.isEmpty {
            // A loop that ends with an error is no sign of health.
            do { try runtime.replay(environment, probe) } catch {
                return "the replay failed: \((error as? any UserFacingError)?.message ?? "\(error)")"
            }
        }
        let deadline = Clock.monotonic() + Int64(rule.withinSeconds * 1e9)
        while true {
            switch rule.evaluate(health(environment), bundle: bundle) {
            case .healthy: return nil
            case .unhealthy(let reason): return reason
            case .waiting(let reason):
                if Clock.monotonic() >= deadline { return "after \(rule.withinSeconds) s \(reason)" }
            }
            usleep(50_000)
        }
    }

    private static func health(_ environment: String) -> JSONValue? {
        let file = Paths.join(environment, "health.json")
        return Paths.exists(file) ? try? JSONParser.parse(try FileChunks.bytes(file), file: file) : nil
    }

    /// Puts the bundle before this one back in force, or halts the environment where there is none.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    private static func takeBack(
        _ promotion: PromotionRecord, reason: String, runtime: Runtime, registry: RegistryDatabase, session: Session
    ) throws -> Bool {
        let directory = session.environmentPath(promotion.environment)
        let hasPrevious = Paths.exists(Paths.join(directory, "installed/previous.hftbundle"))
        if hasPrevious { try runtime.rollBack(directory) } else { try runtime.halt(directory, reason) }
        try collectReceipts(directory, registry: registry)
        try registry.end(promotion, .refused, reason: reason)
        return hasPrevious
    }

    private static func end(_ promotion: PromotionRecord, _ receipt: DeploymentRecord, registry: RegistryDatabase)
        throws
    {
        guard receipt.outcome == "installed" else {
            return try registry.end(
                promotion, .refused, reason: receipt.reason ?? "no reason given")
        }
        try registry.link(
            [.bundle(promotion.bundle, version: promotion.reference)],
            to: .deployment(receipt.environment, bundle: promotion.bundle))
        try registry.link([.deployment(receipt.environment, bundle: promotion.bundle)], to: .receipt(receipt))
        try registry.end(
            promotion, .installed, reason: "promoted to \(promotion.environment)")
    }

    /// Ends promotions that were cut off: by their receipt if the runtime has answered, and as withdrawn if the bundle
    /// never reached the inbox.
    ///
    /// - Returns: what was ended, and what still waits for the runtime.
    @discardableResult
    package static func settle(session: Session, registry: RegistryDatabase) throws -> [(
        promotion: PromotionRecord, state: PromotionRecord.State
    )] {
        var ended: [(PromotionRecord, PromotionRecord.State)] = []
        for promotion in try registry.promotionsUnderWay() {
            let receipts = try collectReceipts(session.environmentPath(promotion.environment), registry: registry)
            if let receipt = receipts.first(where: { $0.bundle == promotion.bundle }) {
                // Cut off between receipt and health: the rule decides as soon as it can; until then the promotion is
                // under way, and can be withdrawn.
                if receipt.outcome == "installed",
                    let rule = try healthRule(promotion, registry: registry, session: session),
                    !rule.isHealthy(health(session.environmentPath(promotion.environment)), bundle: promotion.bundle)
                {
                    ended.append((promotion, .begun))
                    continue
                }
                try end(promotion, receipt, registry: registry)
                ended.append((promotion, receipt.outcome == "installed" ? .installed : .refused))
            } else if !Paths.exists(Paths.join(session.root, promotion.path)),
                registry.now() - promotion.begunAt > 5_000_000_000,
                !isInForce(promotion.bundle, session.environmentPath(promotion.environment))
            {
                // Five seconds: another process may be between its record and its file. A bundle in force without a
                // receipt gets one from the runtime.
                try registry.end(
                    promotion, .withdrawn, reason: "the bundle never reached the inbox")
                ended.append((promotion, .withdrawn))
            } else {
                ended.append((promotion, .begun))
            }
        }
        return ended
    }

    private static func isInForce(_ bundle: String, _ environment: String) -> Bool {
        let current = Paths.join(environment, "installed/current.hftbundle")
        return Paths.exists(current) && (try? Digest.sha256(file: current)) == bundle
    }

    private static func healthRule(_ promotion: PromotionRecord, registry: RegistryDatabase, session: Session) throws
        -> HealthRule?
    {
        guard let decision = try registry.latestDecision(for: try registry.version(promotion.reference)),
            let basis = GateDecision.Basis(decision)
        else { return nil }
        let path = Paths.join(session.root, basis.policyPath)
        return Paths.exists(path) ? try GateModel.policy(path, session: session).health : nil
    }

    /// Takes a bundle that nobody has answered for out of the inbox, and one that runs without having shown its health
    /// out of force.
    package static func withdraw(environment: String, runtime: Runtime, session: Session) throws -> PromotionRecord {
        let registry = try session.registry(), environment = session.environmentName(environment)
        try settle(session: session, registry: registry)
        guard let promotion = try registry.promotionsUnderWay(environment: environment).first else {
            throw Failure(
                "promote.none", "found no promotion to '\(environment)' under way", hint: "see: hftml deployments list")
        }
        if isInForce(promotion.bundle, session.environmentPath(environment)) {
            try takeBack(promotion, reason: "withdrawn by hand", runtime: runtime, registry: registry, session: session)
            return promotion
        }
        try Paths.remove(Paths.join(session.root, promotion.path))
        try registry.end(promotion, .withdrawn, reason: "withdrawn by hand")
        return promotion
    }

    /// The signed head of the log, also outside the database: a line of a file that belongs in Git.
    private static func signHead(_ key: SigningKey, registry: RegistryDatabase, session: Session) throws {
        guard let head = try AuditHeads.sign(registry, key: key) else { return }
        let path = headsPath(session)
        let earlier = Paths.exists(path) ? try FileChunks.text(path) : ""
        try AtomicFile.write(earlier + head.envelope + "\n", to: path)
    }

    package static func headsPath(_ session: Session) -> String { "\(session.root)/Registry/audit-heads.jsonl" }

    private static func makeBundle(
        _ version: VersionRecord, decision: GateDecisionRecord, _ request: Request, key: SigningKey,
        registry: RegistryDatabase, session: Session
    ) throws -> [UInt8] {
        let model = try ModelFile.read(try session.artefacts.verified(version.weights))
        var plan = try StrategyFile(request.strategy, horizon: model.spec.label.horizon)
        let table = try FeatureTable.read(request.features)
        if request.share < 1 {
            plan.limits.instruments = canaryInstruments(
                plan.limits.instruments.isEmpty ? table.instruments : plan.limits.instruments, share: request.share)
        }
        // The golden input is the last complete window of real features: a value the runtime will meet.
        guard let end = WindowedDataset.ends(table, window: model.spec.window, labelled: false).last else {
            throw Failure(
                "promote.no-window", "found no complete window of \(model.spec.window) rows in '\(request.features)'")
        }
        guard table.spec.input == .bars else {
            throw Failure(
                "promote.input",
                "found a model of input '\(table.spec.input.rawValue)', expected bars: the runtime trades bars only so "
                    + "far",
                hint: "keep the version in the registry")
        }
        let window = FloatBuffer(count: model.spec.window * table.width)
        table.copyWindow(endingAt: end, rows: model.spec.window, scaler: model.spec.scaler, into: window.pointer)
        let golden = window.array
        let identity = ModelBundle.Identity(
            name: version.model, version: version.version, createdAt: registry.now(), toolVersion: ToolVersion.current,
            lineage: try registry.lineage(of: RegisterModel.node(version).id).digest, gateDecision: decision.digest)
        return try ModelBundle.make(
            identity: identity, model: model, rule: plan.rule, limits: plan.limits, goldenInput: golden, key: key)
    }

    /// At least one; chosen by the hash of the name, so that a larger share contains a smaller one.
    static func canaryInstruments(_ all: [String], share: Double) -> [String] {
        let ranked = all.sorted { Digest.sha256($0) < Digest.sha256($1) }
        return Array(ranked.prefix(max(Int((Double(all.count) * share).rounded()), 1))).sorted()
    }

    private static func awaitReceipt(bundle: String, environment: String, wait: Double, registry: RegistryDatabase)
        throws -> DeploymentRecord?
    {
        let deadline = Clock.monotonic() + Int64(wait * 1e9)
        while true {
            for receipt in try collectReceipts(environment, registry: registry) where receipt.bundle == bundle {
                return receipt
            }
            if Clock.monotonic() >= deadline { return nil }
            usleep(50_000)
        }
    }

    /// Reads all receipts of an environment into the registry; each counts once.
    @discardableResult
    package static func collectReceipts(_ environment: String, registry: RegistryDatabase) throws -> [DeploymentRecord]
    {
        let directory = Paths.join(environment, "receipts")
        guard Paths.isDirectory(directory) else { return [] }
        return try Paths.files(below: directory).filter { $0.hasSuffix(".json") }.map { name in
            let file = Paths.join(directory, name)
            let node = try JSONParser.parse(try FileChunks.bytes(file), file: file)
            guard let bundle = node[key: "bundle"]?.stringValue, let outcome = node[key: "outcome"]?.stringValue,
                let place = node[key: "environment"]?.stringValue, let time = node[key: "timeNs"]?.intValue
            else { throw Failure("receipt.format", "found no receipt in '\(file)'") }
            let record = DeploymentRecord(
                environment: place, bundle: bundle, model: node[key: "name"]?.stringValue,
                version: node[key: "version"]?.intValue, outcome: outcome,
                reason: node[key: "reason"]?.stringValue, signer: node[key: "signer"]?.stringValue,
                replaced: node[key: "replaced"]?.stringValue,
                time: Int64(time))
            try registry.record(record)
            return record
        }
    }

    /// Receipts of all environments of the project; promotions that they answer are ended.
    package static func collectAllReceipts(session: Session, registry: RegistryDatabase) throws {
        let directory = "\(session.root)/Registry/environments"
        guard Paths.isDirectory(directory) else { return }
        for name in try Paths.entries(directory) where Paths.isRealDirectory("\(directory)/\(name)") {
            try collectReceipts("\(directory)/\(name)", registry: registry)
        }
        try settle(session: session, registry: registry)
    }
}
