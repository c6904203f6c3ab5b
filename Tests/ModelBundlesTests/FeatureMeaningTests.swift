import Basics
import Features
import MarketData
import ModelBundles
import NeuralNetworks
import TestSupport
import Testing

/// What a model's features mean decides where it may go.
@Suite struct FeatureMeaningTests {
    private func model(joined: Bool = false) throws -> ModelFile {
        var spec = try SampleBundle.model().spec
        if joined {
            let other = try FeatureSpec(JSONParser.parse(#"{"input": "book", "levels": 1, "features": {"m": "mid"}}"#))
            // In place of a column of its own: the width stays.
            spec.features.features.removeLast()
            spec.features.joined = [
                FeatureSpec.Joined(name: "book", instrument: nil, maxAge: 1, spec: other, market: MarketSpec())
            ]
        }
        let network = try spec.network()
        return ModelFile(spec: spec, network: network, parameters: network.initialParameters(seed: 3))
    }

    @Test("a model on features of two sources is no bundle and no live model, and reads back as a model")
    func joined() throws {
        let model = try model(joined: true)
        #expect(model.spec.features.columnNames == ["r", "book.m"] && model.spec.features.width == 2)
        #expect(try ModelSpec(model.spec.json, path: "spec") == model.spec)
        for refused in [
            { _ = try WindowStream(spec: model.spec, priceDecimals: 4, volumeDecimals: 0) },
            {
                _ = try BundleDraft(
                    identity: ModelBundle.Identity(
                        name: "tiny", version: 1, createdAt: 1, toolVersion: "t", lineage: "l", gateDecision: "g"),
                    model: model, strategy: SampleBundle.strategy, goldenInput: [Float](repeating: 0, count: 10))
            },
        ] as [() throws -> Void] {
            let error = #expect(throws: Failure.self) { try refused() }
            #expect(error?.code == "features.join" && error?.message.contains("one source yet") == true)
        }
    }

    @Test("a recorded model with rsi and no language is refused, one without it keeps its digest")
    func language() throws {
        let spec = try SampleBundle.model().spec, text = spec.json.text(.compact)
        #expect(!text.contains("language"))
        #expect(try ModelSpec(JSONParser.parse(text), path: "spec") == spec)
        let old = text.replacing("log_return(close, 1)", with: "rsi(close, 14)")
        let error = #expect(throws: Failure.self) { try ModelSpec(JSONParser.parse(old), path: "spec") }
        #expect(error?.code == "features.language")
    }
}
