import Basics
import Features
import Foundation
import HyperparameterSearch
import Interchange
import MarketData
import ModelBundles
import NeuralNetworks
import Promotion
import Tensors
import Trading
import Workflows

extension Surface {
    /// Models and everything that is trained, measured and let through by.
    static let models: [Surface] = [
        Surface("model", weight: 10, [TinyModel.spec]) { text in
            let spec = try ModelSpec(JSONParser.parse(text), path: "spec")
            try TinyModel.push(spec, bars: 3)
        },
        Surface(file: "m.safetensors", "safetensors", isText: false, seeds: [TinyModel.file]) { path in
            // The bytes are valid while the object lives.
            let mapped = try MappedFile(path)
            _ = try withExtendedLifetime(mapped) { try SafetensorsHeader(mapped.bytes, file: path) }
            let model = try ModelFile.read(path)
            _ = try ModelBundle.verify(
                [UInt8](Data(contentsOf: URL(fileURLWithPath: path))), trusted: TrustedKeys([PublicKey]()))
            try TorchWeights.load(WeightSource.read(path), into: model.parameters, of: model.network)
        },
        Surface(file: "t.safetensors", "table", isText: false, seeds: [TinyModel.file]) { path in
            _ = try FeatureTable.read(path)
        },
        Surface(file: "w.pth", "torch", weight: 6, isText: false, seeds: [TinyModel.torch]) { path in
            let network = try TinyModel.network(), source = try WeightSource.read(path)
            for name in source.shapes.keys { _ = try? source.tensor(name) }
            try TorchWeights.load(source, into: FloatBuffer(count: network.parameterCount), of: network)
        },
        Surface(
            file: "w.h5", "keras", weight: 3, isText: false, seeds: [TinyModel.keras, TinyModel.kerasArchive]
        ) { path in
            let network = try TinyModel.network()
            _ = try KerasFile.load(path, into: FloatBuffer(count: network.parameterCount), of: network)
        },
        Surface("bundle", isText: false, seeds: [TinyModel.bundle]) {
            _ = try ModelBundle.verify($0, trusted: TrustedKeys([TinyModel.key.publicKey]))
        },
        Surface("checkpoint", isText: false, seeds: [TinyModel.checkpoint]) { bytes in
            let file = try bytes.withUnsafeBytes { try SafetensorsFile.parse($0, file: "c") }
            let trainer = try TinyModel.trainer()
            try trainer.restore(file, from: "c")
        },
        Surface(
            file: "recipe.yaml", "recipe", weight: 6,
            seeds: Seeds.project(["bars-cnn.yaml", "bars-lstm.yaml", "deeplob.yaml"])
        ) {
            let recipe = try TrainingRecipe($0)
            _ = recipe
        },
        Surface(
            file: "agent.yaml", "agent",
            seeds: Seeds.project(["cartpole-dqn.yaml", "momentum-q.yaml", "cartpole-ppo.yaml"])
        ) {
            _ = try AgentRecipe($0)
        },
        Surface(file: "search.yaml", "search", seeds: Seeds.project(["search.yaml", "search-cartpole.yaml"])) { path in
            _ = try SearchRecipe(path)
            let node = try YAML.read(path)
            let space = try SearchSpace(
                parameters: node[key: "parameters"] ?? .null, constraints: node[key: "constraints"]?.listValue ?? [])
            _ = (space.json, try SearchSpace(json: space.json))
        },
        Surface(file: "strategy.yaml", "strategy", seeds: Seeds.project(["strategy-cnn.yaml", "strategy.yaml"])) {
            path in
            let strategy = try StrategyFile(path, horizon: 3)
            var engine = RiskEngine(strategy.limits, instruments: ["A"])
            engine.set(.active)
            for price: Int64 in [1, 1_000_000, .max] {
                engine.reference(0, price: price, time: 1)
                let order = Order(id: 1, instrument: 0, side: .sell, quantity: strategy.rule.quantity, price: price)
                _ = engine.submit(order, time: 2, profit: .min)
                engine.filled(order, quantity: order.quantity, isDone: true)
            }
        },
        Surface(
            file: "features.yaml", "features",
            seeds: Seeds.project(["features-profit.yaml", "features-10.yaml", "features.yaml"])
        ) {
            let node = try YAML.read($0)
            let spec = try FeatureSpec(node)
            _ = (spec.json, try node[key: "label"].map { try LabelSpec($0, path: "label") })
            var stream = try FeatureStream(spec: spec, market: MarketSpec(), priceDecimals: 4, volumeDecimals: 0)
            var row = [Float](repeating: 0, count: spec.features.count)
            for step in 0..<5 {
                _ = stream.push(TinyModel.bar(step), into: &row)
            }
        },
        Surface(
            "policy",
            [
                "schemaVersion: 1\nrules:\n- rule: after-costs\n  minimumTrades: 30\nvalidDays: 7\n"
                    + "health: {minimumBars: 1}\n"
            ]
        ) {
            let path = "\(Surface.scratch.path)/policy.yaml"
            try Data($0.utf8).write(to: URL(fileURLWithPath: path))
            _ = try GatePolicy(YAML.read(path), name: "p")
        },
    ]
}
