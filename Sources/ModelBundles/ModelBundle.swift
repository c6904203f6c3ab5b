package import Basics
import Features
import Foundation
import NeuralNetworks
import Tensors
package import Trading

/// A signed, self-contained model version: what promotion makes and the runtime accepts.
///
/// One safetensors file. Its tensors are the weights and a golden pair; its metadata holds three texts:
///
///     format    hftml-bundle
///     manifest  JSON: identity, model spec, position rule, risk limits, lineage, and shape + SHA-256 of every tensor
///     envelope  JSON: DSSE signatures over the manifest's bytes
///
/// Valid means: a trusted key signed exactly these manifest bytes; the tensors present are those listed, no more and no
/// less, with the listed digests; the network reproduces the golden output. So no bit of the file is outside the
/// signature's reach.
package struct ModelBundle: Sendable {
    /// The type that the signature covers.
    package static let payloadType = "application/vnd.hftml.bundle+json"
    private static let goldenInput = "golden.input", goldenOutput = "golden.output"

    /// What makes this bundle this one.
    package struct Identity: Sendable, Equatable {
        /// The model's name in the registry.
        package var name: String
        /// Its version there.
        package var version: Int
        /// When the bundle was built, UTC.
        package var createdAt: Nanoseconds
        /// The hftml that built it.
        package var toolVersion: String
        /// Digest of the lineage graph at the time of promotion.
        package var lineage: String
        /// Digest of the gate decision.
        package var gateDecision: String

        /// The identity of a bundle.
        package init(
            name: String, version: Int, createdAt: Nanoseconds, toolVersion: String, lineage: String,
            gateDecision: String
        ) {
            self.name = name
            self.version = version
            self.createdAt = createdAt
            self.toolVersion = toolVersion
            self.lineage = lineage
            self.gateDecision = gateDecision
        }
    }

    /// Which bundle it is.
    package var identity: Identity
    /// Spec and weights.
    package var model: ModelFile
    /// How predictions become positions.
    package var rule: PositionRule
    /// Risk limits that travel with it.
    package var limits: RiskLimits
    /// One window and what the model makes of it; checked when it is opened.
    package var golden: (input: [Float], output: Float)
    /// Name and id of the key that signed.
    package var signer: (name: String, keyID: String)
    /// SHA-256 of the whole file.
    package var digest: String

    // MARK: Writing

    /// Makes the bytes of a signed bundle.
    package static func make(
        identity: Identity, model: ModelFile, rule: PositionRule, limits: RiskLimits, goldenInput input: [Float],
        key: SigningKey
    ) throws -> [UInt8] {
        let streaming = StreamingModel(model)
        precondition(
            input.count == model.network.input.count, "found \(input.count) golden values for \(model.network.input)")
        for (index, value) in input.enumerated() { streaming.input[index] = value }
        let output = streaming.run()
        var file = SafetensorsFile()
        for (name, tensor) in model.network.tensors(model.parameters) { file.set(name, tensor) }
        file.set(goldenInput, Tensor(shape: [model.network.input.time, model.network.input.channels], values: input))
        file.set(goldenOutput, Tensor(shape: [1], values: [output]))
        let manifest = JSONValue.map([
            "schemaVersion": .int(1), "name": .string(identity.name), "version": .int(identity.version),
            "createdAt": .string(TimeText.utc(identity.createdAt)), "createdAtNs": .int(Int(identity.createdAt)),
            "toolVersion": .string(identity.toolVersion), "lineage": .string(identity.lineage),
            "gateDecision": .string(identity.gateDecision), "model": model.spec.json, "rule": rule.json,
            "limits": limits.json,
            "tensors": .map(
                try file.entries.keys.sorted().map { name in
                    let tensor = try file.tensor(name)
                    return (
                        name,
                        .map(["shape": .list(tensor.shape.map { .int($0) }), "sha256": .string(digest(of: tensor))])
                    )
                }),
        ]).text(.compact)
        let signature = try key.sign(payloadType: payloadType, payload: Array(manifest.utf8))
        let envelope = JSONValue.map([
            "payloadType": .string(payloadType),
            "signatures": .list([
                .map(["keyid": .string(key.publicKey.id), "sig": .string(Data(signature).base64EncodedString())])
            ]),
        ])
        file.metadata = [
            "format": "hftml-bundle", "version": "1", "manifest": manifest, "envelope": envelope.text(.compact),
        ]
        return file.bytes()
    }

    private static func digest(of tensor: Tensor) -> String {
        tensor.values.withUnsafeBytes { Digest.sha256(Data($0)) }
    }

    // MARK: Reading

    /// Why a bundle was refused.
    package struct Refusal: UserFacingError, Equatable {
        /// Why a bundle was refused.
        package enum Reason: String, Sendable {
            case format, signature, untrustedKey = "untrusted-key", digest, golden
        }

        /// What was wrong.
        package let reason: Reason
        /// Where, and what was found.
        package let detail: String
        package var code: String {
            switch reason {
            case .format: "bundle.format"
            case .signature: "bundle.signature"
            case .untrustedKey: "bundle.untrusted-key"
            case .digest: "bundle.digest"
            case .golden: "bundle.golden"
            }
        }
        package var message: String { "the bundle was refused: \(detail)" }
        package var hint: String? {
            switch reason {
            case .untrustedKey: "trust the signer with: hftml keys trust KEY --to ENVIRONMENT"
            case .format, .signature, .digest: "the file was damaged or altered; promote the version again"
            case .golden: "this machine computes other values than the one that signed; do not trade with it"
            }
        }
    }

    /// Parses and verifies; nothing of the content is used before the signature is known to be good.
    ///
    /// - Throws: ``Refusal``.
    package static func verify(_ bytes: [UInt8], trusted: TrustedKeys) throws -> ModelBundle {
        do {
            return try verifyUnwrapped(bytes, trusted: trusted)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(reason: .format, detail: "\(error)")
        }
    }

    private static func verifyUnwrapped(_ bytes: [UInt8], trusted: TrustedKeys) throws -> ModelBundle {
        let file = try bytes.withUnsafeBytes { try SafetensorsFile.parse($0, file: "bundle") }
        guard file.metadata["format"] == "hftml-bundle", file.metadata["version"] == "1",
            let manifest = file.metadata["manifest"],
            let envelope = file.metadata["envelope"], file.metadata.count == 4
        else { throw Refusal(reason: .format, detail: "found no bundle of version 1") }
        let signer = try checkSignature(manifest: manifest, envelope: envelope, trusted: trusted)
        let reader = try ConfigReader(
            try JSONParser.parse(manifest, file: "manifest"),
            keys: [
                "schemaVersion", "name", "version", "createdAt", "createdAtNs", "toolVersion", "lineage",
                "gateDecision", "model",
                "rule", "limits", "tensors",
            ])
        try reader.checkSchemaVersion(1)
        try checkTensors(file, listed: try reader.required("tensors"))
        let spec = try ModelSpec(try reader.required("model"), path: "model")
        let network = try spec.network()
        var weights = file
        weights.entries[goldenInput] = nil
        weights.entries[goldenOutput] = nil
        let parameters = FloatBuffer(count: network.parameterCount)
        try network.load(weights, into: parameters)
        let model = ModelFile(spec: spec, network: network, parameters: parameters)
        let golden = (input: try file.tensor(goldenInput).values, output: try file.tensor(goldenOutput).values)
        try checkGolden(model, input: golden.input, expected: golden.output)
        return ModelBundle(
            identity: Identity(
                name: try reader.string("name"), version: try reader.int("version", in: 1...Int.max),
                createdAt: Int64(try reader.int("createdAtNs")), toolVersion: try reader.string("toolVersion"),
                lineage: try reader.string("lineage"), gateDecision: try reader.string("gateDecision")),
            model: model,
            rule: try PositionRule(try reader.required("rule"), path: "rule", horizon: spec.label.horizon),
            limits: try RiskLimits(try reader.required("limits"), path: "limits"),
            golden: (golden.input, golden.output[0]),
            signer: (signer.name, signer.id), digest: Digest.sha256(bytes))
    }

    private static func checkSignature(manifest: String, envelope: String, trusted: TrustedKeys) throws -> PublicKey {
        let node = try JSONParser.parse(envelope, file: "envelope")
        guard node[key: "payloadType"]?.stringValue == payloadType, let signatures = node[key: "signatures"]?.listValue,
            !signatures.isEmpty
        else { throw Refusal(reason: .signature, detail: "found no signature") }
        var unknown: [String] = []
        for signature in signatures {
            guard let id = signature[key: "keyid"]?.stringValue, let text = signature[key: "sig"]?.stringValue,
                let bytes = Data(base64Encoded: text),
                // One spelling alone: the unused bits at the end of base64 are zero.
                bytes.base64EncodedString() == text
            else { throw Refusal(reason: .signature, detail: "found a malformed signature") }
            guard let key = trusted.key(id: id) else {
                unknown.append(id)
                continue
            }
            guard key.verifies(signature: Array(bytes), payloadType: payloadType, payload: Array(manifest.utf8)) else {
                throw Refusal(reason: .signature, detail: "the signature of '\(key.name)' does not fit the manifest")
            }
            return key
        }
        throw Refusal(
            reason: .untrustedKey,
            detail: "it is signed by \(unknown.joined(separator: ", ")), which is not trusted here")
    }

    private static func checkTensors(_ file: SafetensorsFile, listed: JSONValue) throws {
        let entries = listed.mapValue ?? []
        let names = Set(entries.map(\.key))
        guard names == Set(file.entries.keys), names.count == entries.count else {
            throw Refusal(reason: .digest, detail: "the tensors in the file are not those of the manifest")
        }
        for entry in entries {
            let tensor = try file.tensor(entry.key)
            guard entry.value[key: "sha256"]?.stringValue == digest(of: tensor),
                entry.value[key: "shape"]?.listValue?.map(\.intValue) == tensor.shape.map(Optional.some)
            else { throw Refusal(reason: .digest, detail: "the tensor '\(entry.key)' is not what was signed") }
        }
    }

    /// AVX2 and AVX-512 agree to the bit; the portable level differs by rounding, hence the tolerance.
    private static func checkGolden(_ model: ModelFile, input: [Float], expected: [Float]) throws {
        guard input.count == model.network.input.count, expected.count == 1 else {
            throw Refusal(reason: .golden, detail: "the golden pair does not fit the network")
        }
        let streaming = StreamingModel(model)
        for (index, value) in input.enumerated() { streaming.input[index] = value }
        let output = streaming.run()
        let tolerance = 1e-5 * max(1, expected[0].magnitude)
        guard (output - expected[0]).magnitude <= tolerance else {
            throw Refusal(reason: .golden, detail: "the golden input gives \(output), expected \(expected[0])")
        }
    }
}
