import Backtesting
import Basics
import Features
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

    /// Scores the windows that end at the given rows.
    static func predict(_ model: ModelFile, table: FeatureTable, ends: [Int32], baseline: Double, threads: Int, weights: String, features: String) throws
        -> PredictionFile
    {
        guard table.spec == model.spec.features else {
            throw Failure(
                "evaluate.other-features", "found other features in the table than the model '\(model.spec.name)' was trained with",
                hint: "build features with the model's spec")
        }
        let scaled = WindowedDataset.scale(table, model.spec.scaler)
        let source = ScaledWindows(scaled: scaled, width: table.width, window: model.spec.window, ends: ends)
        let (raw, _) = Predictor(network: model.network, parameters: model.parameters, threads: threads).predict(source)
        let label = model.spec.label
        var bars: [ScoredBar] = []
        var targets: [Float] = []
        bars.reserveCapacity(ends.count)
        for (position, end) in ends.enumerated() {
            let row = Int(end)
            bars.append(
                ScoredBar(
                    time: table.time[row], instrument: table.instrument[row], segment: table.segment[row], score: model.spec.score(raw[position]),
                    forwardReturn: table.forwardReturn[row]))
            targets.append(table.forwardReturn[row].isNaN ? 0 : label.target(table.forwardReturn[row]))
        }
        return PredictionFile(
            predictions: Predictions(
                kind: model.spec.output == .probability ? .probability : .basisPoints, bars: bars, targets: targets, baselineScore: baseline,
                horizon: label.horizon), instruments: table.instruments, weights: weights, features: features)
    }

    private struct ScaledWindows: SampleSource {
        let scaled: FloatBuffer
        let width: Int
        let window: Int
        let ends: [Int32]

        var count: Int { ends.count }

        func gather(_ indices: UnsafeBufferPointer<Int32>, inputs: UnsafeMutablePointer<Float>, targets: UnsafeMutablePointer<Float>) {
            let size = window * width
            for (position, index) in indices.enumerated() {
                (inputs + position * size).update(from: scaled.pointer + (Int(ends[Int(index)]) - window + 1) * width, count: size)
                targets[position] = 0
            }
        }
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
        file.metadata = [
            "format": "hftml-predictions", "version": "1", "kind": predictions.kind.rawValue,
            "baseline": predictions.baselineScore.description, "horizon": String(predictions.horizon),
            "instruments": JSONValue.strings(instruments).text(.compact), "weights": weights, "features": features,
        ]
        try file.write(to: path)
    }

    package static func read(_ path: String) throws -> PredictionFile {
        let file = try SafetensorsFile.read(path)
        func malformed() -> Failure { Failure("predictions.format", "found no predictions of version 1 in '\(path)'", hint: "make them with: hftml evaluate") }
        guard file.metadata["format"] == "hftml-predictions", file.metadata["version"] == "1",
            let kind = file.metadata["kind"].flatMap(Predictions.Kind.init), let baseline = file.metadata["baseline"].flatMap(Double.init),
            let horizon = file.metadata["horizon"].flatMap({ Int($0) }), case .int64(let time)? = file["time"]?.column,
            case .int32(let instrument)? = file["instrument"]?.column, case .int32(let segment)? = file["segment"]?.column,
            case .float64(let score)? = file["score"]?.column, case .float64(let forward)? = file["forward_return"]?.column,
            case .float32(let target)? = file["target"]?.column,
            [instrument.count, segment.count, score.count, forward.count, target.count].allSatisfy({ $0 == time.count })
        else { throw malformed() }
        let names = try JSONParser.parse(file.metadata["instruments"] ?? "", file: path).listValue?.compactMap(\.stringValue) ?? []
        guard instrument.allSatisfy({ $0 >= 0 && $0 < names.count }) else { throw malformed() }
        let bars = time.indices.map {
            ScoredBar(time: time[$0], instrument: instrument[$0], segment: segment[$0], score: score[$0], forwardReturn: forward[$0])
        }
        return PredictionFile(
            predictions: Predictions(kind: kind, bars: bars, targets: target, baselineScore: baseline, horizon: horizon), instruments: names,
            weights: file.metadata["weights"] ?? "", features: file.metadata["features"] ?? "")
    }
}
