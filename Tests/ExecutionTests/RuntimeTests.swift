import Basics
import Deployment
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

@Suite struct RuntimeTests {
    static func bundle(_ key: SigningKey, version: Int, seed: UInt64, enterAbove: Double = 0.5) throws -> [UInt8] {
        let layers = try #require(
            JSONParser.parse(#"[{"layer": "lstm", "hidden": 6}, {"layer": "dense", "units": 1}]"#).listValue)
        let spec = ModelSpec(
            name: "tiny", layers: layers, window: 5, output: .probability,
            features: try FeatureSpec(
                JSONParser.parse(
                    #"{"features": {"r": "log_return(close, 1)", "v": "realised_volatility(close, 4)", "#
                        + #""t": "time_of_day"}}"#
                )),
            market: MarketSpec(), label: LabelSpec(kind: .profit, horizon: 1, costBps: 1),
            scaler: try Scaler(
                JSONParser.parse(
                    #"{"mean": [0.0, 0.002, 0.0], "inverseDeviation": [1000.0, 800.0, 1.5], "clip": 8.0, "#
                        + #""fittedFrom": 0, "fittedTo": 1, "rows": 2}"#
                )))
        let network = try spec.network()
        var limits = RiskLimits()
        limits.maximumNotional = 1_000_000_000
        let draft = try BundleDraft(
            identity: ModelBundle.Identity(
                name: "tiny", version: version, createdAt: 1, toolVersion: "t", lineage: "l", gateDecision: "g"),
            model: ModelFile(spec: spec, network: network, parameters: network.initialParameters(seed: seed)),
            strategy: BundleStrategy(
                rule: PositionRule(enterAbove: enterAbove, holdBars: 2, quantity: 10), costBps: 2, limits: limits),
            goldenInput: [Float](repeating: 0.3, count: 15))
        return try AuthorityKit.standard.bundle(draft, version: version, manifestKey: key)
    }

    static func market(_ directory: TemporaryDirectory) throws -> [String] {
        var config = SimulationConfig()
        config.sessions = 3
        return try (0..<2).map { index in
            let table = try MarketSimulator(config).bars(instrument: index)
            try Paths.makeDirectory(directory.file("data"))
            try table.writeCSV(
                to: directory.file("data/\(table.instrument)_5min.csv"), zone: try ExchangeZone("America/New_York"))
            return directory.file("data/\(table.instrument)_5min.csv")
        }
    }

    @Test(
        "a good bundle is installed with a receipt; a corrupt, foreign or malformed one is refused, the old one stays"
    )
    func inbox() throws {
        let fixture = try EnvironmentFixture(), key = TinyModel.key, installer = fixture.installer
        let good = try RuntimeTests.bundle(key, version: 1, seed: 1)
        try fixture.send(good)
        #expect(try installer.look().receipts.map(\.outcome) == [.installed])
        var damaged = try RuntimeTests.bundle(key, version: 2, seed: 2)
        damaged[damaged.count / 2] ^= 1
        let foreign = try RuntimeTests.bundle(SigningKey(generating: "stranger"), version: 3, seed: 3)
        for (name, bytes) in [("b", damaged), ("c", foreign), ("d", Array("not a bundle".utf8)), ("e", [])] {
            try fixture.send(bytes, as: "\(name).hftbundle")
            let receipts = try installer.look().receipts
            #expect(receipts.count == 1 && receipts[0].outcome == .refused && receipts[0].reason != nil)
            #expect(try installer.current()?.identity.version == 1)
        }
        #expect(try Paths.files(below: fixture.environment.receipts).count == 5)
        #expect(try Paths.files(below: fixture.environment.rejected).count == 4)
        try fixture.send(try RuntimeTests.bundle(key, version: 2, seed: 2), as: "f.hftbundle")
        #expect(try installer.look().receipts.first?.replaced == Digest.sha256(good))
        #expect(try installer.current()?.identity.version == 2)
    }

    @Test("a replay trades, closes every position inside its session, and gives the same journal again")
    func replay() throws {
        let fixture = try EnvironmentFixture(), directory = fixture.directory
        try fixture.send(try RuntimeTests.bundle(TinyModel.key, version: 1, seed: 1, enterAbove: 0.3))
        let files = try RuntimeTests.market(directory)
        let first = try Replay(fixture.installer).run(data: files, journal: directory.file("one.csv"))
        let second = try Replay(fixture.installer).run(data: files, journal: directory.file("two.csv"))
        #expect(
            first.summary.counts.filled > 50 && first.summary.openPositions == 0 && first.summary.counts.denied == 0)
        #expect(first.summary.counts.filled == first.summary.counts.submitted - first.summary.counts.cancelled)
        #expect(try FileChunks.text(directory.file("one.csv")) == (try FileChunks.text(directory.file("two.csv"))))
        #expect(second.receipts.isEmpty)
        // Halted: predictions go on, orders do not.
        try AtomicFile.write("now\n", to: fixture.environment.haltFile)
        let halted = try Replay(fixture.installer).run(data: files, journal: directory.file("three.csv"))
        #expect(halted.summary.counts.filled == 0 && halted.summary.counts.deniedReasons["HALTED"] ?? 0 > 0)
        #expect(halted.summary.counts.predictions == first.summary.counts.predictions)
    }

    @Test("live scores equal offline scores to the bit, also after a swap between two bars")
    func liveEqualsOffline() throws {
        let directory = try TemporaryDirectory(), key = SigningKey(generating: "signer")
        let trusted = TrustedKeys([key.publicKey])
        let bundles = try (1...2).map {
            try ModelBundle.verify(
                try RuntimeTests.bundle(key, version: $0, seed: UInt64($0), enterAbove: 2), trusted: trusted)
        }
        var reader = try BarReader(MarketSpec())
        let bars = try reader.read(try RuntimeTests.market(directory)[0]).table
        func offline(_ bundle: ModelBundle) throws -> [Nanoseconds: Double] {
            let spec = bundle.model.spec
            var table = FeatureTable(spec: spec.features, market: spec.market, label: spec.label, source: "")
            try table.append(bars)
            let packed = FloatBuffer(count: bundle.model.network.packedCount)
            bundle.model.network.pack(bundle.model.parameters, into: packed)
            let ends = WindowedDataset.ends(table, window: spec.window, labelled: false)
            // A batch of many, where the live loop has one at a time.
            let arena = NetworkArena(bundle.model.network, batch: ends.count, isTraining: false)
            for (i, end) in ends.enumerated() {
                table.copyWindow(
                    endingAt: end, rows: spec.window, scaler: spec.scaler,
                    into: arena.input + i * spec.window * table.width)
            }
            ParallelRegion.flushingSubnormals {
                arena.forward(batch: ends.count, parameters: bundle.model.parameters, packed: packed)
            }
            return Dictionary(
                uniqueKeysWithValues: ends.enumerated().map {
                    (table.time[$0.element], spec.score(arena.output + $0.offset))
                })
        }
        let expected = try bundles.map { try offline($0) }
        let journal = try Journal(path: directory.file("j.csv"), instruments: ["SIM01"], priceDecimals: 4)
        var loop = TradingLoop(
            instruments: [TradingLoop.Instrument(name: "SIM01", priceDecimals: 4, volumeDecimals: 0)], feeBps: 0,
            journal: journal, expectedBars: bars.count)
        try loop.install(bundles[0], time: bars.time[0])
        let swap = 100  // In the middle of a session: the new model must start warm.
        var compared = 0
        for i in 0..<bars.count {
            if i == swap { try loop.install(bundles[1], time: bars.time[i]) }
            var score: Double?
            try loop.push(bars[i], instrument: 0, observe: { score = $0 })
            #expect(score?.bitPattern == expected[i < swap ? 0 : 1][bars.time[i]]?.bitPattern, "bar \(i)")
            compared += score == nil ? 0 : 1
        }
        #expect(compared > 180)
        _ = try loop.finish()
    }
}
