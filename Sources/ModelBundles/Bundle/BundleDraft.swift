import Basics
import Features
import Foundation
import NeuralNetworks
import Tensors
import Trading

/// A bundle of version 2 before it is signed: what a deployment order has to name is known, the order is not yet there.
///
///     let draft = try BundleDraft(identity: …, model: …, strategy: …, goldenInput: …)
///     let order = DeploymentOrder(…, manifest: draft.manifestDigest, limits: draft.limitsDigest, …)
///     let bytes = try draft.signed(deployment: try order.signed(by: key), verdict: verdict, by: key)
package struct BundleDraft: Sendable {
    /// JSON that the bundle's key signs.
    package let manifest: String
    /// SHA-256 of the model's file, which the verdict has to name.
    package let weightsDigest: String
    /// SHA-256 of the strategy's text, which the verdict has to name.
    package let strategyDigest: String
    /// SHA-256 of the limits for all instruments in canonical JSON, which verdict and order have to name.
    package let limitsDigest: String
    private let tensors: SafetensorsFile

    /// SHA-256 of the manifest's bytes, which the order has to name.
    package var manifestDigest: String { Digest.sha256(manifest) }

    /// Puts model, strategy and a golden pair together.
    ///
    /// - Parameters:
    ///   - canary: which instruments trade; nil for all.
    ///   - input: one window `[T][F]` of scaled rows.
    /// - Throws: ``Failure`` with code `bundle.format` for a canary that the strategy's instruments do not contain,
    ///   `features.join` for a model on features of several sources.
    package init(
        identity: ModelBundle.Identity, model: ModelFile, strategy: BundleStrategy, canary: ModelBundle.Canary? = nil,
        goldenInput input: [Float]
    ) throws {
        precondition(
            input.count == model.network.input.count, "found \(input.count) golden values for \(model.network.input)")
        try model.spec.features.requireOneSource()
        if let objection = canary?.objection(limits: strategy.limits) { throw Failure("bundle.format", objection) }
        var file = SafetensorsFile()
        for (name, tensor) in model.network.tensors(model.parameters) { file.set(name, tensor) }
        file.set(
            ModelBundle.goldenInput,
            Tensor(shape: [model.network.input.time, model.network.input.channels], values: input))
        file.set(ModelBundle.goldenOutput, Tensor(shape: [1], values: [ModelBundle.output(of: model, input)]))
        tensors = file
        weightsDigest = model.digest
        strategyDigest = strategy.digest
        limitsDigest = Digest.sha256(strategy.limits.json.text(.canonical))
        manifest = JSONValue.map([
            "schemaVersion": .int(2), "name": .string(identity.name), "version": .int(identity.version),
            "createdAt": .string(TimeText.utc(identity.createdAt)), "createdAtNs": .int(Int(identity.createdAt)),
            "toolVersion": .string(identity.toolVersion), "lineage": .string(identity.lineage),
            "gateDecision": .string(identity.gateDecision), "weights": .string(weightsDigest),
            "model": .string(model.specText), "strategy": .string(strategy.text),
            "canary": canary?.json ?? .null, "tensors": try ModelBundle.listing(file),
        ]).text(.compact)
    }

    /// The bytes of the bundle.
    ///
    /// - Parameters:
    ///   - deployment: the signed order for one environment.
    ///   - verdict: the signed verdict of the gate.
    ///   - signer: signs the manifest; a key that the environment lets order deployments.
    package func signed(deployment: Envelope, verdict: Envelope, by signer: any Signer) throws -> [UInt8] {
        var file = tensors
        file.metadata = [
            "format": "hftml-bundle", "version": "2", "manifest": manifest,
            "envelope": try ManifestSignature.make(manifest, signer: signer), "deployment": deployment.text,
            "verdict": verdict.text,
        ]
        return file.bytes()
    }
}

extension ModelBundle {
    /// The bytes of a bundle with another order for it: a rollback, or the same weights for another environment.
    /// Manifest, tensors and verdict stay as they are, to the bit.
    ///
    /// - Throws: ``Refusal`` for what is no bundle of version 2. Who signed is not looked at.
    package static func redeployed(_ bytes: [UInt8], deployment: Envelope) throws -> [UInt8] {
        var file = try parsed(bytes)
        guard file.metadata["version"] == "2" else {
            throw Refusal(reason: .format, detail: "found a bundle of version 1, which carries no deployment")
        }
        file.metadata["deployment"] = deployment.text
        return file.bytes()
    }
}
