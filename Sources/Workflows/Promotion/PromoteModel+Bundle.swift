import Basics
import Deployment
import Features
import ModelBundles
import NeuralNetworks
import Promotion
import Registry
import Tensors
import Trading

/// What a promotion writes: the bundle, the documents beside it, and a signed head of the audit log.
extension PromoteModel {
    /// The bytes of a bundle, and the order in it.
    struct MadeBundle {
        let bytes: [UInt8]
        let order: DeploymentOrder
    }

    static func makeBundle(
        _ version: VersionRecord, _ grant: PromotionCheck.Grant, _ request: Request, _ gathered: GatherFacts.Outcome,
        _ files: EnvironmentFiles, key: any Signer, session: Session
    ) throws -> MadeBundle {
        let registry = try session.registry(), table = try FeatureTable.read(request.features)
        var canary: ModelBundle.Canary?
        if request.share < 1 {
            let known = gathered.strategy.limits.instruments, all = known.isEmpty ? table.instruments : known
            canary = ModelBundle.Canary(
                universe: all.sorted(), instruments: canaryInstruments(all, share: request.share))
        }
        let identity = ModelBundle.Identity(
            name: version.model, version: version.version, createdAt: gathered.facts.now,
            toolVersion: ToolVersion.current, lineage: try registry.lineage(of: RegisterModel.node(version).id).digest,
            gateDecision: grant.report)
        let draft = try BundleDraft(
            identity: identity, model: gathered.model, strategy: gathered.strategy, canary: canary,
            goldenInput: try goldenInput(gathered.model, table, file: request.features))
        let document = gathered.facts.authority
        let history = try RollBack.Line(files, session: session).atHost
        var order = DeploymentOrder(
            environment: document.authority.name, authority: (document.authority.counter, document.digest),
            counter: gathered.counter, action: .promote, manifest: draft.manifestDigest,
            verdict: grant.verdict.payloadDigest, limits: draft.limitsDigest, share: request.share,
            time: gathered.facts.now, expiresAt: grant.expiresAt, person: try session.actor())
        order.previous = DeploymentOrder.Previous(history.current)
        order.host = files.orderedHost(document.authority, at: gathered.facts.now, session: session)
        let bytes = try draft.signed(deployment: try order.signed(by: key), verdict: grant.verdict, by: key)
        try requireTaken(bytes, document, files, history, at: gathered.facts.now, session: session)
        return MadeBundle(bytes: bytes, order: order)
    }

    /// The host's own rules, asked before anything is recorded: what it would refuse is not handed over.
    private static func requireTaken(
        _ bytes: [UInt8], _ document: AuthorityEnvelope, _ files: EnvironmentFiles, _ known: RevisionHistory,
        at time: Nanoseconds, session: Session
    ) throws {
        let bundle = try ModelBundle.verify(bytes, trusted: TrustedKeys(document.authority.keys))
        var history = known
        history.runs = EnvironmentHealth(files, session: session).signed?.runs ?? []
        do {
            _ = try Admission(environment: files.host.name, authority: document, history: history).check(
                bundle, at: time)
        } catch let failure as Failure {
            throw Failure(failure.code, failure.message, hint: failure.hint, exitStatus: .refused)
        }
    }

    /// The last complete window of real features: a value that the runtime will meet.
    static func goldenInput(_ model: ModelFile, _ table: FeatureTable, file: String) throws -> [Float] {
        let rows = model.spec.window
        guard let end = WindowedDataset.ends(table, window: rows, labelled: false).last else {
            throw Failure("promote.no-window", "found no complete window of \(rows) rows in '\(file)'")
        }
        guard table.spec.input == .bars else {
            throw Failure(
                "promote.input",
                "found a model of input '\(table.spec.input.rawValue)', expected bars: "
                    + "the runtime trades bars only so far",
                hint: "keep the version in the registry")
        }
        let window = FloatBuffer(count: rows * table.width)
        table.copyWindow(endingAt: end, rows: rows, scaler: model.spec.scaler, into: window.pointer)
        return window.array
    }

    /// At least one, and with a share below 1 not all where there are several; chosen by the hash of the name, so that
    /// a larger share contains a smaller one.
    package static func canaryInstruments(_ all: [String], share: Double) -> [String] {
        let ranked = all.sorted { Digest.sha256($0) < Digest.sha256($1) }
        let count = Int(saturating: (Double(all.count) * share).rounded())
        return Array(ranked.prefix(max(share < 1 ? min(count, all.count - 1) : count, 1))).sorted()
    }

    /// The documents that go with a promotion, their digests in the audit log.
    ///
    /// - Parameter decision: the verdict that the promotion rests on; nil where the registry does not have it.
    static func describe(
        _ promotion: PromotionRecord, _ request: Request, decision: GateDecisionRecord?, key: any Signer,
        session: Session
    ) throws {
        let registry = try session.registry(), version = try registry.version(promotion.reference)
        var facts = try DescribeVersion.facts(version, registry: registry, session: session)
        facts.bundle = promotion.bundle
        // The one that this promotion rests on; another environment's gate may have decided since.
        if let own = decision {
            facts.decision = own
            let signature = try SignedVerdicts(session).signature(of: own)
            facts.decisionSignature = (signature.isSigned, signature.short)
        }
        let limits = try StrategyFile.limits(request.strategy).json
        facts.limits = (limits, Digest.sha256(limits.text(.canonical)))
        let documents = try DescribeVersion.write(
            facts, key: key, to: PromotionDocuments.directory(promotion, session: session))
        try registry.audit(
            action: "promotion.documents", subject: promotion.subject,
            detail: .map([
                "bundle": .string(promotion.bundle), "documents": .map(documents.map { ($0.name, .string($0.digest)) }),
            ]))
    }
}
