import Basics
import Features
import ModelBundles
import NeuralNetworks
import Promotion
import Registry
import Tensors
import Trading

/// What a promotion writes: the bundle, the documents beside it, and a signed head of the audit log.
extension PromoteModel {
    static func makeBundle(
        _ version: VersionRecord, decision: GateDecisionRecord, _ request: Request, key: SigningKey, session: Session
    ) throws -> [UInt8] {
        let registry = try session.registry()
        let model = try ModelFile.read(try session.artefacts.verified(version.weights))
        var plan = try StrategyFile(request.strategy, horizon: model.spec.label.horizon)
        let table = try FeatureTable.read(request.features)
        if request.share < 1 {
            let all = plan.limits.instruments.isEmpty ? table.instruments : plan.limits.instruments
            plan.limits.instruments = canaryInstruments(all, share: request.share)
        }
        let identity = ModelBundle.Identity(
            name: version.model, version: version.version, createdAt: registry.now(), toolVersion: ToolVersion.current,
            lineage: try registry.lineage(of: RegisterModel.node(version).id).digest, gateDecision: decision.digest)
        return try ModelBundle.make(
            identity: identity, model: model, rule: plan.rule, limits: plan.limits,
            goldenInput: try goldenInput(model, table, file: request.features), key: key)
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

    /// At least one; chosen by the hash of the name, so that a larger share contains a smaller one.
    package static func canaryInstruments(_ all: [String], share: Double) -> [String] {
        let ranked = all.sorted { Digest.sha256($0) < Digest.sha256($1) }
        return Array(ranked.prefix(max(Int(saturating: (Double(all.count) * share).rounded()), 1))).sorted()
    }

    /// The documents that go with a promotion, their digests in the audit log.
    static func describe(_ promotion: PromotionRecord, _ request: Request, key: SigningKey, session: Session) throws {
        let registry = try session.registry(), version = try registry.version(promotion.reference)
        var facts = try DescribeVersion.facts(version, registry: registry, session: session)
        facts.bundle = promotion.bundle
        let limits = try StrategyFile.limits(request.strategy).json
        facts.limits = (limits, Digest.sha256(limits.text(.canonical)))
        let name = [
            Paths.name(promotion.environment), promotion.model, String(promotion.version),
            String(promotion.bundle.prefix(12)),
        ].joined(separator: "-")
        let documents = try DescribeVersion.write(facts, key: key, to: "\(session.root)/Registry/promotions/\(name)")
        try registry.audit(
            action: "promotion.documents", subject: promotion.subject,
            detail: .map([
                "bundle": .string(promotion.bundle), "documents": .map(documents.map { ($0.name, .string($0.digest)) }),
            ]))
    }
}
