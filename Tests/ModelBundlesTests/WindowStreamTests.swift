import Basics
import Features
import MarketData
import ModelBundles
import NeuralNetworks
import Tensors
import Testing

/// The live half of the feature path, from bars to scores.
@Suite struct WindowStreamTests {
    @Test(
        "features of coarser bars: live windows and scores equal offline ones to the bit, and none comes in between",
        arguments: ["", #""bars": {"every": "15m"}, "#, #""bars": {"volume": 5000}, "#])
    func coarseBars(bars rule: String) throws {
        let sample = try SampleBundle.model()
        var spec = sample.spec
        spec.features = try FeatureSpec(
            JSONParser.parse("{\(rule)\"features\": {\"r\": \"log_return(close, 1)\", \"t\": \"r * time_of_day\"}}"))
        let model = ModelFile(spec: spec, network: sample.network, parameters: sample.parameters)
        var bars = BarTable(instrument: "X", zone: "America/New_York", interval: spec.market.interval)
        var calendar = try TradingCalendar("XNYS"), random = SeededRandom(seed: 5, 0x11), price: Int64 = 1_000_000
        let days = try (#require(CivilDate("2025-05-12")), #require(CivilDate("2025-05-16")))
        for session in try calendar.sessions(from: days.0, to: days.1) {
            for time in stride(from: session.open, to: session.close, by: Int(spec.market.interval)) {
                let open = price
                price += Int64(random.index(below: 2001)) - 1000
                bars.append(
                    Bar(
                        time: time, open: open, high: max(open, price), low: min(open, price), close: price,
                        volume: Int64(random.index(below: 2000))))
            }
        }
        var table = FeatureTable(spec: spec.features, market: spec.market, label: spec.label, source: "")
        try table.append(bars)
        var expected: [Nanoseconds: [Float]] = [:]
        for end in WindowedDataset.ends(table, window: spec.window, labelled: false) {
            var window: [Float] = []
            for row in (end - spec.window + 1)...end {
                var values = (0..<table.width).map { table.values[row * table.width + $0] }
                values.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { spec.scaler.apply(base) } }
                window += values
            }
            expected[table.time[end]] = window
        }
        var stream = try WindowStream(spec: spec, priceDecimals: 4, volumeDecimals: 0), seen = 0
        let live = StreamingModel(model), offline = StreamingModel(model)
        for index in 0..<bars.count {
            let found = stream.push(bars[index]).window
            let window = expected[bars.time[index]]
            #expect((found == nil) == (window == nil), "at \(index)")
            guard let found, let window else { continue }
            seen += 1
            #expect(window.indices.allSatisfy { found[$0].bitPattern == window[$0].bitPattern })
            live.input.update(from: found, count: window.count)
            window.withUnsafeBufferPointer {
                if let base = $0.baseAddress { offline.input.update(from: base, count: window.count) }
            }
            #expect(live.run().bitPattern == offline.run().bitPattern)
        }
        #expect(seen == expected.count && seen > 20)
        #expect(try rule.isEmpty == (spec.features.bars == nil) && (rule.contains("volume") || spec.holdBars() > 0))
    }
}
