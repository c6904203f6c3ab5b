import Basics
import Features
import NeuralNetworks
import Tensors
package import Trading

extension ModelBundle {
    /// Makes the bytes of a bundle of version 1, which no environment with a signed document takes.
    package static func make(
        identity: Identity, model: ModelFile, rule: PositionRule, limits: RiskLimits, goldenInput input: [Float],
        key: SigningKey
    ) throws -> [UInt8] {
        precondition(
            input.count == model.network.input.count, "found \(input.count) golden values for \(model.network.input)")
        var file = SafetensorsFile()
        for (name, tensor) in model.network.tensors(model.parameters) { file.set(name, tensor) }
        file.set(goldenInput, Tensor(shape: [model.network.input.time, model.network.input.channels], values: input))
        file.set(goldenOutput, Tensor(shape: [1], values: [output(of: model, input)]))
        let manifest = JSONValue.map([
            "schemaVersion": .int(1), "name": .string(identity.name), "version": .int(identity.version),
            "createdAt": .string(TimeText.utc(identity.createdAt)), "createdAtNs": .int(Int(identity.createdAt)),
            "toolVersion": .string(identity.toolVersion), "lineage": .string(identity.lineage),
            "gateDecision": .string(identity.gateDecision), "model": model.spec.json, "rule": rule.json,
            "limits": limits.json, "tensors": try listing(file),
        ]).text(.compact)
        file.metadata = [
            "format": "hftml-bundle", "version": "1", "manifest": manifest,
            "envelope": try ManifestSignature.make(manifest, signer: key),
        ]
        return file.bytes()
    }
}
