import Basics
import Features
import MarketData
import ModelBundles
import NeuralNetworks
import Tensors
import Trading

/// Real bundles of the smallest model, one for every manifest; made once, since keys and orders are put in later.
enum LifeBundles {
    static let universe = ["A", "B", "C", "D"]

    /// The bundle before it is signed, and as a host reads it, with some order and verdict.
    struct Made: Sendable {
        let draft: BundleDraft
        let bundle: ModelBundle
    }

    private static let all: [Deeds.Manifest: Made] = {
        var all: [Deeds.Manifest: Made] = [:]
        for version in 1...3 {
            for strategy in 0...3 {
                for share in [25, 50, 75, 100] {
                    for edition in 0...1 {
                        let manifest = Deeds.Manifest(
                            version: version, strategy: strategy, share: share, edition: edition)
                        all[manifest] = try? make(manifest)
                    }
                }
            }
        }
        return all
    }()

    /// - Throws: ``Failure`` for a manifest that no life has.
    static func made(_ manifest: Deeds.Manifest) throws -> Made {
        guard let made = all[manifest] else { throw Failure("test", "found no bundle of \(manifest)") }
        return made
    }

    /// What the gate judges: costs, and limits that the fourth has too wide.
    static let strategies = (0...3).map { number in
        var limits = RiskLimits()
        limits.maximumPosition = number == 3 ? 100_000 : 100
        return BundleStrategy(
            rule: PositionRule(
                enterAbove: 10 + Double(number), enterBelow: -10, holdBars: 2, quantity: 50),
            costBps: [2, 1, 0, 2][number], limits: limits)
    }

    private static func make(_ manifest: Deeds.Manifest) throws -> Made {
        let key = SigningKey(generating: "maker")
        let draft = try BundleDraft(
            identity: ModelBundle.Identity(
                name: "m", version: manifest.version, createdAt: Nanoseconds(manifest.edition + 1), toolVersion: "t",
                lineage: "l", gateDecision: "g"),
            model: try model(weight: Float(manifest.version)), strategy: strategies[manifest.strategy],
            canary: manifest.share == 100
                ? nil
                : ModelBundle.Canary(
                    universe: universe, instruments: Array(universe.prefix(manifest.share / 25))),
            goldenInput: [0.5])
        let any = try Envelope(payloadType: "any", payload: "any", signer: key)
        let bytes = try draft.signed(deployment: any, verdict: any, by: key)
        return Made(draft: draft, bundle: try ModelBundle.verify(bytes, trusted: TrustedKeys([key.publicKey])))
    }

    private static func model(weight: Float) throws -> ModelFile {
        let spec = ModelSpec(
            name: "m",
            layers: [.map([("layer", .string("flatten"))]), .map([("layer", .string("dense")), ("units", .int(1))])],
            window: 1, output: .basisPoints,
            features: try FeatureSpec(JSONParser.parse(#"{"features": {"v": "volume - 100"}}"#)),
            market: MarketSpec(), label: LabelSpec(kind: .forwardReturn, horizon: 1, costBps: 1),
            scaler: try Scaler(
                JSONParser.parse(
                    #"{"mean": [0], "inverseDeviation": [1], "clip": 1000, "fittedFrom": 0, "fittedTo": 0, "rows": 0}"#)
            ))
        let network = try spec.network(), parameters = FloatBuffer(count: network.parameterCount)
        for index in 0..<network.parameterCount { parameters.pointer[index] = 0 }
        parameters.pointer[0] = weight
        return ModelFile(spec: spec, network: network, parameters: parameters)
    }
}
