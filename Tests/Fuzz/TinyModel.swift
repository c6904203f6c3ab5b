import Basics
import Features
import Foundation
import Interchange
import MarketData
import ModelBundles
import NeuralNetworks
import Tensors
import Trading

/// A model of a few weights, in every form that a model is stored in.
enum TinyModel {
    static let spec = #"""
        {"name": "tiny", "layers": [{"layer": "conv1d", "filters": 2, "kernel": 2}, {"layer": "relu"},
        {"layer": "lstm", "units": 2}, {"layer": "dense", "units": 1}], "window": 4, "output": "probability",
        "features": {"schemaVersion": 1, "features": {"r": "close / delay(close, 1) - 1", "v": "log(volume + 1)"}},
        "market": {"schemaVersion": 1}, "label": {"kind": "forward-return", "horizon": 1, "costBps": 1},
        "scaler": {"mean": [0, 1], "inverseDeviation": [1, 1], "clip": 8, "fittedFrom": 0, "fittedTo": 1, "rows": 5}}
        """#

    static func made() throws -> ModelFile {
        let spec = try ModelSpec(JSONParser.parse(spec), path: "spec"), network = try spec.network()
        let parameters = FloatBuffer(count: network.parameterCount)
        for index in 0..<network.parameterCount { parameters.pointer[index] = Float(index % 7) * 0.1 - 0.3 }
        return ModelFile(spec: spec, network: network, parameters: parameters)
    }

    static func network() throws -> Network { try made().network }

    static let file = bytes { try made().write(to: $0) }
    static let keras = bytes { path in
        let model = try made()
        try KerasFile.write(model.network, parameters: model.parameters, name: "tiny", form: .wholeModel, to: path)
    }
    static let kerasArchive = bytes { path in
        let model = try made()
        try KerasFile.write(model.network, parameters: model.parameters, name: "tiny", form: .archive, to: path)
    }
    static let torch: [UInt8] =
        (try? {
            let model = try made()
            var file = SafetensorsFile()
            let tensors = model.network.tensors(model.parameters).map { ($0.0, $0.1) }
            for (name, tensor) in tensors { file.set(name, tensor) }
            return try TorchArchiveWriter.bytes(file, order: tensors.map(\.0))
        }()) ?? []
    static let checkpoint = bytes { try trainer().saveCheckpoint($0) }
    static let key = SigningKey(generating: "signer")
    static let bundle: [UInt8] =
        (try? {
            let model = try made()
            let draft = try BundleDraft(
                identity: ModelBundle.Identity(
                    name: "tiny", version: 1, createdAt: 1, toolVersion: "t", lineage: "l", gateDecision: "g"),
                model: model,
                strategy: BundleStrategy(
                    rule: PositionRule(enterAbove: 0.6, holdBars: 1, quantity: 10), costBps: 1, limits: RiskLimits()),
                goldenInput: [Float](repeating: 0.5, count: 8))
            func statement(_ text: String) throws -> Envelope {
                try Envelope(payloadType: "text/plain", payload: text, signer: key)
            }
            return try draft.signed(deployment: try statement("order"), verdict: try statement("verdict"), by: key)
        }()) ?? []

    static func trainer() throws -> Trainer { try Trainer(network: network(), config: TrainingConfig(), threads: 1) }

    /// What a writer leaves in a file; nothing where it fails, which the first child then says.
    private static func bytes(_ write: (String) throws -> Void) -> [UInt8] {
        let path = "\(Surface.scratch.path)/seed-\(UInt32.random(in: 0 ... .max)).h5"
        defer { try? FileManager.default.removeItem(atPath: path) }
        guard (try? write(path)) != nil, let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return [] }
        return [UInt8](data)
    }

    static func bar(_ step: Int) -> Bar {
        let time = 1_747_056_600_000_000_000 + Int64(step) * 300_000_000_000
        return Bar(
            time: time, open: 1_000_000, high: 1_010_000, low: 990_000, close: 1_000_000 + Int64(step), volume: 7)
    }

    /// Builds the network and runs it, where that is small enough for a test.
    static func push(_ spec: ModelSpec, bars: Int) throws {
        let network = try spec.network()
        guard network.parameterCount < 1 << 22 else { return }
        let model = ModelFile(spec: spec, network: network, parameters: FloatBuffer(count: network.parameterCount))
        for index in 0..<network.parameterCount { model.parameters.pointer[index] = 0.01 }
        var stream = try WindowStream(spec: spec, priceDecimals: 4, volumeDecimals: 0)
        for step in 0..<bars { _ = stream.push(bar(step)) }
        _ = StreamingModel(model).score()
    }
}
