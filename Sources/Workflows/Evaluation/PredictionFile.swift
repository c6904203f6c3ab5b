package import Backtesting
import Basics
package import Features
package import MarketData
import ModelBundles
import NeuralNetworks
import Tensors

/// Predictions of a model on a feature table, and their file.
package struct PredictionFile: Sendable {
    package var predictions: Predictions
    package var instruments: [String]
    /// Digests of the weights and the features they were made from.
    package var weights: String
    package var features: String
    /// What the targets are; nil in files of before labels were kept.
    package var label: LabelSpec?
    /// Whose days returns are of; nil in files of before markets were kept, whose days are those of UTC.
    package var market: MarketSpec?
    /// Bars of the market that a position is held for, where they are others than the target looks ahead; 0 where they
    /// differ from row to row.
    package var hold: Int?

    /// The same with the target's where nothing else is said.
    ///
    /// - Throws: ``Failure`` with code `features.bars` where they differ from row to row.
    func holdBars() throws(Failure) -> Int {
        guard hold != 0 else {
            throw Failure(
                "features.bars",
                "found predictions on bars that last differently long, expected time bars for a strategy: it holds a "
                    + "position for a number of the market's bars",
                hint: "build features with bars: {every: 15m}")
        }
        return hold ?? predictions.horizon
    }

    /// Scores the windows that end at the given rows.
    ///
    /// - Parameter baseline: what a naive forecaster says: one score, or a share for every class.
    static func predict(
        _ model: ModelFile, table: FeatureTable, ends: SampleRows, baseline: [Double], threads: Int, weights: String,
        features: String
    ) throws
        -> PredictionFile
    {
        try TableMeaning.require(model.spec, fits: table)
        let spec = model.spec, width = spec.output.width
        let source = WindowSamples(
            table: table, window: spec.window, scaler: spec.scaler, label: spec.label, ends: ends)
        let (raw, targets) = Predictor(network: model.network, parameters: model.parameters, threads: threads).predict(
            source)
        var session = table.spec.input == .bars ? try SessionClock(features: table.spec, market: table.market) : nil
        let hold = try? table.holdBars()
        // One for each of two times, which may lie days apart: both remember where they were.
        var days = try TradingDays(table.market), lastDays = days
        var bars: [ScoredBar] = [], probabilities: [Float] = []
        bars.reserveCapacity(ends.count)
        raw.withUnsafeBufferPointer { raw in
            for (position, row) in ends.enumerated() {
                guard let base = raw.baseAddress.map({ $0 + position * width }) else { continue }
                let time = table.time[row]
                let isOpenable = session?.fits(bars: hold ?? spec.label.horizon, after: time) ?? true
                let until = isOpenable ? table.end(ofLabelAt: row) : ScoredBar.neverOpens
                var bar = ScoredBar(
                    time: time, instrument: table.instrument[row], segment: table.segment[row],
                    score: spec.score(base), forwardReturn: table.forwardReturn[row], spreadBps: table.spread(row),
                    heldUntil: until, day: days.day(time), heldUntilDay: until == .max ? nil : lastDays.day(until))
                if !table.entryPrice.isEmpty { bar.entry = table.entryPrice[row] }
                bars.append(bar)
                if spec.output == .classes { probabilities += spec.probabilities(base) }
            }
        }
        try session?.requireKnown()
        let kind: Predictions.Kind =
            switch spec.output {
            case .probability: .probability
            case .basisPoints: .basisPoints
            case .classes: .classes
            }
        let isClasses = kind == .classes
        var predictions = Predictions(
            kind: kind, bars: bars, targets: targets,
            baselineScore: isClasses ? baseline[2] - baseline[0] : baseline[0], horizon: spec.label.horizon)
        predictions.probabilities = probabilities
        if isClasses { predictions.baselineProbabilities = baseline.map { Float($0) } }
        if bars.contains(where: { $0.heldUntilDay > $0.day }) { predictions.closes = closes(table) }
        predictions.daysPerYear = table.market.calendar.daysPerYear
        return PredictionFile(
            predictions: predictions, instruments: table.instruments, weights: weights, features: features,
            label: spec.label, market: table.market, hold: hold ?? 0)
    }

    /// The last price of every day and instrument; nil where the table has no prices.
    static func closes(_ table: FeatureTable) -> DayCloses? {
        guard !table.closePrice.isEmpty, var days = try? TradingDays(table.market) else { return nil }
        var closes = DayCloses()
        for row in 0..<table.rowCount {
            closes.append(
                table.closePrice[row], instrument: table.instrument[row],
                day: days.day(table.time[row]), time: table.time[row])
        }
        return closes
    }

    /// What the training samples say on average: the mean target, or the share of every class.
    static func baseline(_ dataset: WindowedDataset) -> [Double] {
        let n = Double(dataset.training.count)
        if dataset.label.kind.classes != nil { return dataset.classCounts.map { Double($0) / n } }
        return [dataset.training.reduce(0.0) { $0 + Double(dataset.target($1)) } / n]
    }

    // MARK: File

    package func write(to path: String) throws {
        var file = SafetensorsFile()
        let bars = predictions.bars, n = [bars.count]
        file.set("time", shape: n, .int64(bars.map(\.time)))
        file.set("instrument", shape: n, .int32(bars.map(\.instrument)))
        file.set("segment", shape: n, .int32(bars.map(\.segment)))
        file.set("score", shape: n, .float64(bars.map(\.score)))
        file.set("forward_return", shape: n, .float64(bars.map(\.forwardReturn)))
        file.set("target", shape: n, .float32(predictions.targets))
        if predictions.bars.contains(where: { $0.spreadBps != 0 }) {
            file.set("spread_bps", shape: n, .float64(bars.map(\.spreadBps)))
        }
        if bars.contains(where: { $0.heldUntil != .min }) {
            file.set("held_until", shape: n, .int64(bars.map(\.heldUntil)))
        }
        if predictions.kind == .classes {
            file.set("probabilities", shape: [bars.count, Predictions.classCount], .float32(predictions.probabilities))
        }
        file.metadata = [
            "format": "hftml-predictions", "version": "1", "kind": predictions.kind.rawValue,
            "baseline": predictions.baselineScore.description, "horizon": String(predictions.horizon),
            "instruments": JSONValue.strings(instruments).text(.compact), "weights": weights, "features": features,
            "baselineProbabilities": JSONValue.doubles(predictions.baselineProbabilities.map(Double.init)).text(
                .compact),
        ]
        if bars.contains(where: { $0.heldUntilDay > $0.day }) {
            file.set("entry", shape: n, .float64(bars.map(\.entry)))
        }
        if let closes = predictions.closes {
            let count = [closes.rows.count]
            file.set("close_instrument", shape: count, .int32(closes.rows.map(\.instrument)))
            file.set("close_time", shape: count, .int64(closes.rows.map(\.time)))
            file.set("close_price", shape: count, .float64(closes.rows.map(\.price)))
        }
        if let market { file.metadata["market"] = market.json.text(.compact) }
        if let hold, hold != predictions.horizon { file.metadata["hold"] = String(hold) }
        if let label { file.metadata["label"] = label.json.text(.compact) }
        try file.write(to: path)
    }

    package static func read(_ path: String) throws -> PredictionFile {
        let file = try SafetensorsFile.read(path)
        func malformed() -> Failure {
            Failure(
                "predictions.format", "found no predictions of version 1 in '\(path)'",
                hint: "make them with: hftml evaluate")
        }
        guard file.metadata["format"] == "hftml-predictions", file.metadata["version"] == "1",
            let kind = file.metadata["kind"].flatMap(Predictions.Kind.init),
            let baseline = file.metadata["baseline"].flatMap(Double.init),
            let horizon = file.metadata["horizon"].flatMap({ Int($0) }), case .int64(let time)? = file["time"]?.column,
            case .int32(let instrument)? = file["instrument"]?.column,
            case .int32(let segment)? = file["segment"]?.column,
            case .float64(let score)? = file["score"]?.column,
            case .float64(let forward)? = file["forward_return"]?.column,
            case .float32(let target)? = file["target"]?.column,
            [instrument.count, segment.count, score.count, forward.count, target.count].allSatisfy({ $0 == time.count })
        else { throw malformed() }
        let names =
            try JSONParser.parse(file.metadata["instruments"] ?? "", file: path).listValue?.compactMap(\.stringValue)
            ?? []
        guard instrument.allSatisfy({ $0 >= 0 && $0 < names.count }) else { throw malformed() }
        var spread = [Double](repeating: 0, count: time.count)
        if case .float64(let values)? = file["spread_bps"]?.column, values.count == spread.count { spread = values }
        // Files of earlier builds do not say; positions then block by the number of rows alone.
        var held = [Nanoseconds](repeating: .min, count: time.count)
        if case .int64(let values)? = file["held_until"]?.column, values.count == held.count { held = values }
        let market = try file.metadata["market"].map { try MarketSpec(try JSONParser.parse($0, file: path)) }
        let trading = try market.map { try TradingDays($0) } ?? TradingDays(zone: try ExchangeZone("UTC"))
        var days = trading, lastDays = trading
        var bars = time.indices.map { index in
            ScoredBar(
                time: time[index], instrument: instrument[index], segment: segment[index], score: score[index],
                forwardReturn: forward[index], spreadBps: spread[index], heldUntil: held[index],
                day: days.day(time[index]),
                heldUntilDay: [.min, .max].contains(held[index]) ? nil : lastDays.day(held[index]))
        }
        if case .float64(let entry)? = file["entry"]?.column, entry.count == bars.count {
            for index in bars.indices { bars[index].entry = entry[index] }
        }
        var predictions = Predictions(
            kind: kind, bars: bars, targets: target, baselineScore: baseline, horizon: horizon)
        predictions.daysPerYear = market?.calendar.daysPerYear ?? 252
        predictions.closes = closes(file, trading)
        if kind == .classes {
            let shares =
                try JSONParser.parse(file.metadata["baselineProbabilities"] ?? "[]", file: path).listValue?.compactMap(
                    \.doubleValue) ?? []
            guard case .float32(let probabilities)? = file["probabilities"]?.column,
                probabilities.count == time.count * Predictions.classCount,
                shares.count == Predictions.classCount,
                target.allSatisfy({ (0..<Float(Predictions.classCount)).contains($0) })
            else { throw malformed() }
            predictions.probabilities = probabilities
            predictions.baselineProbabilities = shares.map { Float($0) }
        }
        return PredictionFile(
            predictions: predictions, instruments: names,
            weights: file.metadata["weights"] ?? "", features: file.metadata["features"] ?? "",
            label: try file.metadata["label"].map {
                try LabelSpec(try JSONParser.parse($0, file: path), path: "label")
            },
            market: market, hold: file.metadata["hold"].map { max(0, Int($0) ?? 0) })
    }

    private static func closes(_ file: SafetensorsFile, _ days: TradingDays) -> DayCloses? {
        guard case .int32(let instruments)? = file["close_instrument"]?.column,
            case .int64(let times)? = file["close_time"]?.column,
            case .float64(let prices)? = file["close_price"]?.column, times.count == instruments.count,
            prices.count == instruments.count
        else { return nil }
        var closes = DayCloses(), days = days
        for index in prices.indices {
            closes.append(
                prices[index], instrument: instruments[index], day: days.day(times[index]),
                time: times[index])
        }
        return closes
    }
}
