import Basics
import Execution
import Features
import Foundation
import MarketData
import ModelBundles
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Trading

/// A model whose score is told by the bars themselves: the volume less 100, in basis points, times a weight.
enum TinyModel {
    /// A bundle that the standard environment takes: the order's counter is the version.
    static func bundle(
        _ key: SigningKey, version: Int = 1, weight: Float = 1, rule: PositionRule = rule, hours: String = "regular",
        calendar: String = "XNYS", resets: Bool = true, limits change: (inout RiskLimits) -> Void = { _ in }
    ) throws -> [UInt8] {
        try AuthorityKit.standard.bundle(
            draft(
                version: version, weight: weight, rule: rule, hours: hours, calendar: calendar, resets: resets,
                limits: change), version: version, manifestKey: key)
    }

    static func draft(
        version: Int = 1, weight: Float = 1, rule: PositionRule = rule, costBps: Double = 2, hours: String = "regular",
        calendar: String = "XNYS", resets: Bool = true, canary: ModelBundle.Canary? = nil, interval: Nanoseconds? = nil,
        limits change: (inout RiskLimits) -> Void = { _ in }
    ) throws -> BundleDraft {
        var market = MarketSpec()
        market.calendar = .named(calendar)
        market.interval = interval ?? market.interval
        let spec = ModelSpec(
            name: "tiny",
            layers: [.map([("layer", .string("flatten"))]), .map([("layer", .string("dense")), ("units", .int(1))])],
            window: 1, output: .basisPoints,
            features: try FeatureSpec(
                JSONParser.parse(
                    #"{"hours": "\#(hours)", "resetAtSession": \#(resets), "features": {"v": "volume - 100"}}"#)),
            market: market, label: LabelSpec(kind: .forwardReturn, horizon: 1, costBps: 1),
            scaler: try Scaler(
                JSONParser.parse(
                    #"{"mean": [0], "inverseDeviation": [1], "clip": 1000, "fittedFrom": 0, "fittedTo": 0, "rows": 0}"#)
            ))
        let network = try spec.network()
        let parameters = FloatBuffer(count: network.parameterCount)
        for index in 0..<network.parameterCount { parameters.pointer[index] = 0 }
        parameters.pointer[0] = weight
        var limits = RiskLimits()
        change(&limits)
        return try BundleDraft(
            identity: ModelBundle.Identity(
                name: "tiny", version: version, createdAt: 1, toolVersion: "t", lineage: "l", gateDecision: "g"),
            model: ModelFile(spec: spec, network: network, parameters: parameters),
            strategy: BundleStrategy(rule: rule, costBps: costBps, limits: limits), canary: canary, goldenInput: [0.5])
    }

    static let rule = PositionRule(enterAbove: 10, enterBelow: -10, holdBars: 2, quantity: 50)

    static func verified(
        version: Int = 1, weight: Float = 1, rule: PositionRule = rule, hours: String = "regular",
        calendar: String = "XNYS", resets: Bool = true, limits change: (inout RiskLimits) -> Void = { _ in }
    ) throws -> ModelBundle {
        try ModelBundle.verify(
            bundle(
                key, version: version, weight: weight, rule: rule, hours: hours, calendar: calendar, resets: resets,
                limits: change), trusted: TrustedKeys([key.publicKey]))
    }

    static let key = SigningKey(generating: "signer")

    /// The open of 12 May 2025 in New York: 13:30 UTC.
    static let open = Int64(CivilDate(year: 2025, month: 5, day: 12).daysSince1970 * 86_400 + 48_600) * 1_000_000_000

    /// A bar `index` intervals after the open; prices are dollars × 10,000.
    static func bar(_ index: Int, open: Int64 = 1_000_000, close: Int64 = 1_000_000, score: Int64 = 0) -> Bar {
        Bar(
            time: TinyModel.open + Int64(index) * 300_000_000_000, open: open, high: max(open, close),
            low: min(open, close), close: close, volume: 100 + score)
    }
}

/// A loop on a temporary journal.
struct LoopHarness: ~Copyable {
    let directory: TemporaryDirectory
    var loop: TradingLoop

    init(instruments: [String] = ["X"], feeBps: Double = 0) throws {
        let directory = try TemporaryDirectory()
        let journal = try Journal(path: directory.file("j.csv"), instruments: instruments, priceDecimals: 4)
        self.directory = directory
        loop = TradingLoop(
            instruments: instruments.map { TradedInstrument(name: $0, priceDecimals: 4, volumeDecimals: 0) },
            feeBps: feeBps, journal: journal, expectedBars: 1000)
    }

    /// Lines of the journal without their number and date, the header left out.
    mutating func finish() throws -> (lines: [String], summary: TradingLoop.Summary) {
        let summary = try loop.finish()
        let text = try FileChunks.text(directory.file("j.csv"))
        let lines = text.split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return ([cells[1].dropFirst(11).dropLast()] + cells[2...]).joined(separator: ",")
        }
        return (lines, summary)
    }
}
