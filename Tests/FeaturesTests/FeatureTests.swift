import Basics
import Features
import Foundation
import MarketData
import Tensors
import TestSupport
import Testing

@Suite struct FeatureExpressionTests {
    static func evaluate(_ text: String, closes: [Double], highs: [Double]? = nil, lows: [Double]? = nil) throws
        -> [Float]
    {
        let program = FeatureProgram([try FeatureExpression.parse(text, at: nil)])
        var state = FeatureProgram.State(program)
        return closes.indices.map { i in
            var inputs = FeatureProgram.Inputs()
            (inputs.open, inputs.close, inputs.high, inputs.low, inputs.volume) = (
                closes[max(i - 1, 0)], closes[i], highs?[i] ?? closes[i], lows?[i] ?? closes[i], Double(i + 1)
            )
            var row: Float = .nan
            return state.push(inputs, program, into: &row) ? row : .nan
        }
    }

    @Test("operators, worked by hand")
    func byHand() throws {
        let closes = [10.0, 12, 11, 13, 12.5]
        func last(_ text: String) throws -> Double {
            Double(try #require(FeatureExpressionTests.evaluate(text, closes: closes).last))
        }
        #expect(abs(try last("log_return(close, 1)") - log(12.5 / 13)) < 1e-7)
        #expect(abs(try last("mean(close, 3)") - 36.5 / 3) < 1e-6)
        let std =
            (((11 - 36.5 / 3) * (11 - 36.5 / 3) + (13 - 36.5 / 3) * (13 - 36.5 / 3) + (12.5 - 36.5 / 3)
                * (12.5 - 36.5 / 3))
            / 2).squareRoot()
        #expect(abs(try last("zscore(close, 3)") - (12.5 - 36.5 / 3) / std) < 1e-6)
        #expect(
            abs(
                try last("realised_volatility(close, 2)")
                    - (pow(log(13 / 11.0), 2) + pow(log(12.5 / 13), 2)).squareRoot()) < 1e-7)
        // Changes +2, −1, +2: means 4/3 and 1/3. Then −0.5: gains (2 · 4/3) / 3, losses (2 · 1/3 + 0.5) / 3.
        #expect(abs(try last("rsi(close, 3)") - 100 * 16 / 23) < 1e-5)
        #expect(abs(try last("2 * (close - lag(close, 2)) / -4 + 1") - (2 * 1.5 / -4 + 1)) < 1e-6)
        // ema(3): weight ½. 10, 11, 11, 12, 12.25.
        #expect(abs(try last("ema(close, 3)") - 12.25) < 1e-6)
        #expect(try last("highest(close, 4)") == 13 && last("lowest(close, 4)") == 11 && last("max(close, 20)") == 20)
        #expect(abs(try last("ratio(volume, 2)") - 5 / 4.5) < 1e-6)
        let parkinson = try FeatureExpressionTests.evaluate("parkinson(1)", closes: [10], highs: [11], lows: [9])[0]
        #expect(abs(Double(parkinson) - abs(log(11 / 9.0)) / (4 * log(2)).squareRoot()) < 1e-7)
    }

    @Test(
        "a value counts from its stated warm-up on, not before",
        arguments: ["lag(close, 3)", "std(log_return(close, 2), 4)", "rsi(ema(close, 3), 2)", "roll_spread(close, 5)"])
    func warmUp(text: String) throws {
        let expression = try FeatureExpression.parse(text, at: nil)
        let values = try FeatureExpressionTests.evaluate(text, closes: (0..<30).map { 10 + sin(Double($0)) })
        #expect(values.prefix(FeatureProgram([expression]).warmUp - 1).allSatisfy { $0.isNaN })
        #expect(values.dropFirst(FeatureProgram([expression]).warmUp - 1).allSatisfy { $0.isFinite })
    }

    @Test(
        "no look-ahead: changing the future changes no value before it",
        arguments: FeatureOperators.kinds.entries.filter { $0.value.shape == .window }.map(\.name))
    func noLookAhead(name: String) throws {
        var random = SeededRandom(seed: 3)
        var closes = (0..<60).map { _ in 100 + random.uniform() }
        let before = try FeatureExpressionTests.evaluate("\(name)(close, 5)", closes: closes)
        for i in 40..<60 { closes[i] *= 1.5 }
        let after = try FeatureExpressionTests.evaluate("\(name)(close, 5)", closes: closes)
        #expect(before[..<40].elementsEqual(after[..<40]) { $0 == $1 || ($0.isNaN && $1.isNaN) })
    }

    @Test(
        "mistakes name the character and the nearest function; nothing traps",
        arguments: [
            "log_retrun(close, 1)", "close +", "mean(close)", "mean(close, 1.5)", "std(close, 1)", "(close", "close)",
            "7..2", "lag(close, 0)", "",
        ])
    func mistakes(text: String) {
        #expect(throws: ConfigError.self) { try FeatureExpression.parse(text, at: nil) }
    }

    @Test("random text never traps", arguments: 0..<300)
    func hostile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let words = ["close", "lag", "(", ")", ",", "+", "-", "*", "/", "1", "2.5", "mean", " ", "time_of_day", "e"]
        let text = (0..<random.index(below: 15)).map { _ in words[random.index(below: words.count)] }.joined()
        _ = try? FeatureExpression.parse(text, at: nil)
        #expect(throws: ConfigError.self) {
            try FeatureExpression.parse(String(repeating: "(", count: 10_000), at: nil)
        }
    }
}

@Suite struct FeatureTableTests {
    static let spec = try? FeatureSpec(
        JSONParser.parse(
            #"""
            {"features": {"r": "log_return(close, 1)", "v": "realised_volatility(close, 6)", "z": "zscore(volume, 5)",
             "e": "ema(close, 4) / close", "s": "roll_spread(close, 5)", "c": "corwin_schultz()", "t": "time_of_day"}}
            """#
        ))

    @Test(
        "offline and live rows are equal to the bit over a whole real ticker file",
        .enabled(if: SharedData.isThere, "needs the shared data"))
    func offlineEqualsLive() throws {
        let market = MarketSpec()
        var reader = try BarReader(market)
        let bars = try reader.read(SharedData.path("data/bars-us-5min/AAPL_5min.csv.gz")).table
        let spec = try #require(FeatureTableTests.spec)
        var table = FeatureTable(
            spec: spec, market: market, label: LabelSpec(kind: .profit, horizon: 1, costBps: 1), source: "")
        try table.append(bars)
        var live = try FeatureStream(spec: spec, market: market, priceDecimals: 4, volumeDecimals: 0)
        var row = [Float](repeating: 0, count: live.width)
        var values: [Float] = []
        for i in 0..<bars.count where live.push(bars[i], into: &row) == .ready { values += row }
        #expect(values.count > 100_000)
        #expect(values.map(\.bitPattern) == table.values.map(\.bitPattern))
    }

    @Test("rows and labels stay inside sessions and gaps, and a label is the return from the next open")
    func boundaries() throws {
        var bars = BarTable(instrument: "X", zone: "America/New_York", interval: 300_000_000_000)
        var zone = try ExchangeZone("America/New_York")
        for day in [12, 13] {
            for i in 0..<20 where !(day == 13 && i == 9) {
                let local =
                    Int64(CivilDate(year: 2025, month: 5, day: day).daysSince1970 * 86_400 + 34_200 + i * 300)
                    * 1_000_000_000
                let price = Int64(1_000_000 + 1000 * i)
                bars.append(
                    Bar(
                        time: zone.utc(local), open: price, high: price + 900, low: price - 900, close: price + 500,
                        volume: 10))
            }
        }
        let spec = try FeatureSpec(JSONParser.parse(#"{"features": {"r": "log_return(close, 2)"}}"#))
        var table = FeatureTable(
            spec: spec, market: MarketSpec(), label: LabelSpec(kind: .profit, horizon: 2, costBps: 1), source: "")
        try table.append(bars)
        // Three stretches of 20, 9 and 10 bars lose two bars each to the warm-up, and two to the label's horizon.
        #expect(table.rowCount == 18 + 7 + 8)
        #expect(Set(table.segment).count == 3)
        #expect(table.forwardReturn.count { !$0.isNaN } == 16 + 5 + 6)
        // First row is bar 2: entry at the open of bar 3, exit at the close of bar 4.
        #expect(abs(table.forwardReturn[0] - (1_004_500.0 / 1_003_000 - 1)) < 1e-12)
        #expect(WindowedDataset.ends(table, window: 5).allSatisfy { table.segment[$0] == table.segment[$0 - 4] })
        let directory = try TemporaryDirectory()
        try table.write(to: directory.file("f.safetensors"))
        let read = try FeatureTable.read(directory.file("f.safetensors"))
        #expect(
            read.values == table.values && read.segment == table.segment && read.spec == table.spec
                && read.label == table.label)
    }
}

@Suite struct SplitTests {
    @Test(
        "purged k-fold with embargo: the vectors of the specification",
        arguments: [
            (0, Array(8...19)), (1, [0, 1, 2] + Array(13...19)), (2, Array(0...7) + [18, 19]), (3, Array(0...12)),
        ])
    func purged(fold: Int, training: [Int]) {
        let found = SplitSpec(kind: .purgedKFold, folds: 4, fold: fold, embargo: 1).positions(count: 20, horizon: 2)
        #expect(found.training == training && found.test == fold * 5..<fold * 5 + 5)
    }

    @Test(
        "no training label reaches the test span, for any kind and many shapes",
        arguments: SplitKind.kinds.names.filter { $0 != "times" })
    func noLeak(name: String) throws {
        let kind = try SplitKind.kinds.find(name)
        for n in [20, 57, 203] {
            for h in [1, 3, 10] {
                for fold in 0..<5 {
                    let (training, test) = SplitSpec(kind: kind, folds: 5, fold: fold, embargo: 2).positions(
                        count: n, horizon: h)
                    for i in training {
                        #expect(
                            !(i...i + h).overlaps(
                                test.lowerBound...test.upperBound - 1 + (kind == .purgedKFold ? h : 0)),
                            "\(name) n \(n) h \(h) fold \(fold) i \(i)")
                        if kind != .purgedKFold { #expect(i < test.lowerBound) }
                    }
                }
            }
        }
    }

    @Test("the scaler sees training rows alone")
    func scaler() throws {
        var table = FeatureTable(
            spec: try FeatureSpec(JSONParser.parse(#"{"features": {"x": "close"}}"#)), market: MarketSpec(),
            label: LabelSpec(kind: .forwardReturn, horizon: 1, costBps: 0), source: "")
        table.instruments = ["A"]
        for i in 0..<100 {
            table.values.append(i < 70 ? Float(i % 2) : 1000)
            table.time.append(Int64(i))
            table.instrument.append(0)
            table.segment.append(0)
            table.forwardReturn.append(0.001)
        }
        let data = try WindowedDataset(table, window: 3, split: SplitSpec(test: 0.25, validation: 0.1))
        #expect(abs(data.scaler.mean[0] - 0.5) < 0.01 && data.scaler.to < 70)
        #expect(
            data.training.allSatisfy { $0 + 1 < data.validation[0] }
                && data.validation.allSatisfy { $0 + 1 < data.test[0] })
    }
}

@Suite struct CombinatorialSplitTests {
    @Test(
        "counts of splits and paths",
        arguments: [(3, 2, 3, 2), (5, 2, 10, 4), (6, 2, 15, 5), (10, 2, 45, 9), (10, 3, 120, 36), (10, 8, 45, 36)])
    func counts(groups: Int, testGroups: Int, splits: Int, paths: Int) throws {
        let found = try CombinatorialSplits(count: 100, groups: groups, testGroups: testGroups)
        #expect(found.splits.count == splits && found.paths == paths)
        // Every path is complete: each of its stretches is a test once.
        for path in 0..<paths {
            let covered = found.splits.flatMap { split in
                zip(split.tests, split.paths).filter { $0.1 == path }.flatMap { Array($0.0) }
            }
            #expect(covered.sorted() == Array(0..<100), "path \(path)")
        }
    }

    @Test("twelve rows in three groups: what is not tested is left to learn from")
    func rows() throws {
        let training = try CombinatorialSplits(count: 12, groups: 3, testGroups: 2).splits.map(\.training)
        #expect(training == [[8, 9, 10, 11], [4, 5, 6, 7], [0, 1, 2, 3]])
        let found = try CombinatorialSplits(count: 13, groups: 3, testGroups: 2)
        #expect(found.splits.map(\.paths) == [[0, 0], [1, 0], [1, 1]] && found.splits[2].tests == [4..<8, 8..<13])
        #expect(throws: Failure.self) { try CombinatorialSplits(count: 1000, groups: 20, testGroups: 10) }
        #expect(throws: Failure.self) { try CombinatorialSplits(count: 10, groups: 3, testGroups: 3) }
    }
}
