import Basics
import Features
import Foundation
import MarketData
import ModelBundles
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Trading

enum SampleBundle {
    static func model() throws -> ModelFile {
        let layers = try #require(
            JSONParser.parse(
                #"""
                [{"layer": "conv1d", "filters": 4, "kernel": 2}, {"layer": "relu"}, {"layer": "flatten"}, {"layer":
                "dense", "units": 1}]
                """#
            ).listValue)
        let features = try FeatureSpec(
            JSONParser.parse(#"{"features": {"r": "log_return(close, 1)", "t": "time_of_day"}}"#))
        let scaler = try Scaler(
            JSONParser.parse(
                #"""
                {"mean": [0.0, 0.0], "inverseDeviation": [1000.0, 1.0], "clip": 8.0, "fittedFrom": 0, "fittedTo": 1,
                "rows": 2}
                """#
            ))
        let spec = ModelSpec(
            name: "tiny", layers: layers, window: 5, output: .probability, features: features, market: MarketSpec(),
            label: LabelSpec(kind: .profit, horizon: 1, costBps: 1), scaler: scaler)
        let network = try spec.network()
        return ModelFile(spec: spec, network: network, parameters: network.initialParameters(seed: 3))
    }

    static let strategy = BundleStrategy(
        rule: PositionRule(enterAbove: 0.5, holdBars: 1, quantity: 10), costBps: 2, limits: RiskLimits())

    static func draft(
        version: Int = 1, strategy: BundleStrategy = strategy, canary: ModelBundle.Canary? = nil
    ) throws -> BundleDraft {
        try BundleDraft(
            identity: ModelBundle.Identity(
                name: "tiny", version: version, createdAt: 1, toolVersion: "t", lineage: "l", gateDecision: "g"),
            model: try model(), strategy: strategy, canary: canary,
            goldenInput: (0..<10).map { Float($0) * 0.1 - 0.4 })
    }

    /// Statements that say nothing: what they have to say is the environment's question.
    static func statement(_ text: String, _ key: SigningKey) throws -> Envelope {
        try Envelope(payloadType: "text/plain", payload: text, signer: key)
    }

    static func bytes(_ key: SigningKey, version: Int = 1) throws -> [UInt8] {
        try draft(version: version).signed(
            deployment: try statement("order", key), verdict: try statement("verdict", key), by: key)
    }
}

@Suite struct ModelBundleTests {
    static let key = SigningKey(generating: "signer")

    @Test("a signed bundle verifies and carries everything; Python's safetensors could read its weights")
    func roundTrip() throws {
        let bundle = try ModelBundle.verify(
            try SampleBundle.bytes(ModelBundleTests.key), trusted: TrustedKeys([ModelBundleTests.key.publicKey]))
        #expect(bundle.identity.name == "tiny" && bundle.signer.name == "signer")
        #expect(bundle.model.parameters.array == (try SampleBundle.model().parameters.array))
        #expect(bundle.model.spec == (try SampleBundle.model().spec))
        #expect(bundle.rule == SampleBundle.strategy.rule && bundle.limits == RiskLimits())
    }

    @Test("one flipped bit anywhere is refused")
    func flippedBits() throws {
        let good = try SampleBundle.bytes(ModelBundleTests.key)
        let trusted = TrustedKeys([ModelBundleTests.key.publicKey])
        for index in good.indices {
            var bad = good
            bad[index] ^= 1 << UInt8(index % 8)
            #expect(throws: ModelBundle.Refusal.self, "byte \(index)") {
                try ModelBundle.verify(bad, trusted: trusted).requireStatements(signedBy: trusted)
            }
        }
    }

    @Test("an unknown key, a cut file, an added tensor, an empty file are refused with their reason")
    func refusals() throws {
        let good = try SampleBundle.bytes(ModelBundleTests.key)
        let trusted = TrustedKeys([ModelBundleTests.key.publicKey])
        func reason(_ bytes: [UInt8], _ keys: TrustedKeys) -> ModelBundle.Refusal.Reason? {
            do { _ = try ModelBundle.verify(bytes, trusted: keys) } catch let refusal as ModelBundle.Refusal {
                return refusal.reason
            } catch { return nil }
            return nil
        }
        #expect(reason(good, TrustedKeys([SigningKey(generating: "other").publicKey])) == .untrustedKey)
        #expect(reason(good, TrustedKeys([])) == .untrustedKey)
        #expect(reason(Array(good.prefix(good.count - 4)), trusted) == .format)
        #expect(reason([], trusted) == .format)
        var file = try good.withUnsafeBytes { try SafetensorsFile.parse($0, file: "t") }
        file.set("extra", Tensor(shape: [1], values: [1]))
        #expect(reason(file.bytes(), trusted) == .digest)
        // Another key under the name of the trusted one: the id is the key's own digest, so it is unknown.
        let impostor = SigningKey(generating: "signer")
        #expect(reason(try SampleBundle.bytes(impostor), trusted) == .untrustedKey)
    }

    @Test("a wrong golden output is refused although the signature is good")
    func golden() throws {
        var file = try SampleBundle.bytes(ModelBundleTests.key).withUnsafeBytes {
            try SafetensorsFile.parse($0, file: "t")
        }
        let output = try file.tensor("golden.output").values[0] + 0.01
        file.set("golden.output", Tensor(shape: [1], values: [output]))
        // A signer that lies about the output: the manifest is consistent, only the computation disagrees.
        let digest = withUnsafeBytes(of: output) { Digest.sha256(Data($0)) }
        var manifest = try JSONParser.parse(try #require(file.metadata["manifest"]))
        try manifest.set(path: "tensors", to: try #require(manifest[key: "tensors"]))
        var tensors = try #require(manifest[key: "tensors"])
        tensors[key: "golden.output"] = .map(["shape": .list([.int(1)]), "sha256": .string(digest)])
        manifest[key: "tensors"] = tensors
        let text = manifest.text(.compact)
        file.metadata["manifest"] = text
        file.metadata["envelope"] = try BundleForgery.envelope(text, ModelBundleTests.key)
        let refusal = #expect(throws: ModelBundle.Refusal.self) {
            try ModelBundle.verify(file.bytes(), trusted: TrustedKeys([ModelBundleTests.key.publicKey]))
        }
        #expect(refusal?.reason == .golden)
    }

    @Test("the pre-authentication encoding of DSSE")
    func dsse() {
        #expect(
            String(
                decoding: DSSE.preAuthenticationEncoding(
                    type: "http://example.com/HelloWorld", payload: Array("hello world".utf8)), as: UTF8.self)
                == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
    }

    @Test("a private key that others may read is refused")
    func permissions() throws {
        let directory = try TemporaryDirectory()
        try ModelBundleTests.key.write(to: directory.file("k"))
        #expect(try SigningKey.read(directory.file("k")).publicKey == ModelBundleTests.key.publicKey)
        chmod(directory.file("k"), 0o644)
        #expect(throws: Failure.self) { try SigningKey.read(directory.file("k")) }
    }
}
