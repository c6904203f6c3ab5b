import Basics
import Features
import Foundation
import ModelBundles
import NeuralNetworks
import Promotion
import Registry
import Tensors

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

    /// - Parameters:
    ///   - alias: moved once the runtime has installed the bundle.
    ///   - wait: seconds to wait for a receipt.
    ///   - activate: starts the runtime of an environment that does not run by itself; its program looks into the inbox once.
    package static func run(
        _ reference: String, to environment: String, strategy: String, features: String, keyPath: String, alias: String, wait: Double,
        activate: (String) throws -> Void, project: Project
    ) throws -> Outcome {
        let registry = try project.registry()
        let version = try RegisterModel.version(reference, registry: registry)
        let decision = try GateDecision.required(for: version, in: registry)
        let directory = project.environmentPath(environment)
        guard Paths.exists(Paths.join(directory, "runtime.json")) else {
            throw Failure("promote.no-environment", "found no environment '\(environment)' at '\(directory)'", hint: "it needs a runtime.json; see Registry/environments")
        }
        let bytes = try makeBundle(version, decision: decision, strategy: strategy, features: features, keyPath: keyPath, registry: registry, project: project)
        let digest = Digest.sha256(bytes)
        let path = Paths.join(directory, "inbox/\(version.model)-\(version.version)-\(digest.prefix(12)).hftbundle")
        let bundleNode = LineageNode(.bundle, id: "bundle:\(digest)", label: "bundle of \(version.reference)")
        try registry.link([RegisterModel.node(version), LineageNode(.gateDecision, id: "gate:\(decision.digest)", label: "\(decision.policy): passed")], to: bundleNode)
        try registry.audit(
            action: "promote", subject: version.reference,
            detail: .map(["environment": .string(environment), "bundle": .string(digest), "gate": .string(decision.digest)]))
        try AtomicFile.write(bytes, to: path)
        try activate(directory)
        var outcome = Outcome(version: version, bundle: digest, bundlePath: path)
        outcome.receipt = try awaitReceipt(bundle: digest, environment: directory, wait: wait, registry: registry)
        guard let receipt = outcome.receipt else { return outcome }
        guard receipt.outcome == "installed" else {
            throw Failure(
                "promote.refused-by-runtime", "the runtime of '\(environment)' refused \(version.reference): \(receipt.reason ?? "no reason given")",
                hint: "the version in force before stays in force", exitStatus: .refused)
        }
        try registry.link([bundleNode], to: LineageNode(.deployment, id: "deployment:\(receipt.environment):\(digest)", label: "live in \(receipt.environment)"))
        try registry.setAlias(alias, of: version, actor: RegistryDatabase.actor, reason: "promoted to \(environment)")
        outcome.alias = alias
        return outcome
    }

    private static func makeBundle(
        _ version: VersionRecord, decision: GateDecisionRecord, strategy: String, features: String, keyPath: String, registry: RegistryDatabase, project: Project
    ) throws -> [UInt8] {
        let model = try ModelFile.read(try project.artefacts.verified(version.weights))
        let plan = try StrategyFile(strategy, horizon: model.spec.label.horizon)
        let table = try FeatureTable.read(features)
        // The golden input is the last complete window of real features: a value the runtime will meet.
        guard let end = WindowedDataset.ends(table, window: model.spec.window, labelled: false).last else {
            throw Failure("promote.no-window", "found no complete window of \(model.spec.window) rows in '\(features)'")
        }
        guard table.spec.input == .bars else {
            throw Failure("promote.input", "found a model of input '\(table.spec.input.rawValue)', expected bars: the runtime trades bars only so far", hint: "keep the version in the registry")
        }
        let window = FloatBuffer(count: model.spec.window * table.width)
        table.copyWindow(endingAt: end, rows: model.spec.window, scaler: model.spec.scaler, into: window.pointer)
        let golden = window.array
        let identity = ModelBundle.Identity(
            name: version.model, version: version.version, createdAt: registry.now(), toolVersion: ToolVersion.current,
            lineage: try registry.lineage(of: RegisterModel.node(version).id).digest, gateDecision: decision.digest)
        return try ModelBundle.make(
            identity: identity, model: model, rule: plan.rule, limits: plan.limits, goldenInput: golden, key: try SigningKey.read(keyPath))
    }

    private static func awaitReceipt(bundle: String, environment: String, wait: Double, registry: RegistryDatabase) throws -> DeploymentRecord? {
        let deadline = Clock.monotonic() + Int64(wait * 1e9)
        while true {
            for receipt in try collectReceipts(environment, registry: registry) where receipt.bundle == bundle { return receipt }
            if Clock.monotonic() >= deadline { return nil }
            usleep(50_000)
        }
    }

    /// Reads all receipts of an environment into the registry; each counts once.
    @discardableResult
    package static func collectReceipts(_ environment: String, registry: RegistryDatabase) throws -> [DeploymentRecord] {
        let directory = Paths.join(environment, "receipts")
        guard Paths.isDirectory(directory) else { return [] }
        return try Paths.files(below: directory).filter { $0.hasSuffix(".json") }.map { name in
            let file = Paths.join(directory, name)
            let node = try JSONParser.parse(try FileChunks.bytes(file), file: file)
            guard let bundle = node[key: "bundle"]?.stringValue, let outcome = node[key: "outcome"]?.stringValue,
                let place = node[key: "environment"]?.stringValue, let time = node[key: "timeNs"]?.intValue
            else { throw Failure("receipt.format", "found no receipt in '\(file)'") }
            let record = DeploymentRecord(
                environment: place, bundle: bundle, model: node[key: "name"]?.stringValue, version: node[key: "version"]?.intValue, outcome: outcome,
                reason: node[key: "reason"]?.stringValue, signer: node[key: "signer"]?.stringValue, replaced: node[key: "replaced"]?.stringValue,
                time: Int64(time))
            try registry.record(record)
            return record
        }
    }

    /// Receipts of all environments of the project.
    package static func collectAllReceipts(project: Project, registry: RegistryDatabase) throws {
        let directory = "\(project.root)/Registry/environments"
        guard Paths.isDirectory(directory) else { return }
        for name in try Paths.entries(directory) where Paths.isRealDirectory("\(directory)/\(name)") {
            try collectReceipts("\(directory)/\(name)", registry: registry)
        }
    }
}
