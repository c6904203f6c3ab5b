import Backtesting
import Basics
import Tensors
import Testing
import Workflows

/// Predictions on disk.
@Suite struct PredictionFileTests {
    private static func bars(spread: Double = 0) -> [ScoredBar] {
        let scores = [0, 0.25, 0.5], returns = [-1e-3, 0, 1e-3]
        return (0..<3).map { (index: Int) -> ScoredBar in
            ScoredBar(
                time: 1_747_058_400_000_000_000 + Int64(index * 300), instrument: Int32(index % 2),
                segment: Int32(index), score: scores[index],
                forwardReturn: returns[index], spreadBps: spread)
        }
    }

    /// The file of the project's first model with other predictions in it.
    private static func written(_ predictions: Predictions, in project: TestProject) throws -> String {
        var file = try PredictionFile.read(project.file("out/m1/evaluation/predictions.safetensors"))
        (file.predictions, file.instruments, file.weights, file.features) = (predictions, ["AAA", "BBB"], "w", "f")
        let path = project.file("out/p.safetensors")
        try file.write(to: path)
        return path
    }

    private static var classes: Predictions {
        var predictions = Predictions(
            kind: .classes, bars: bars(spread: 1.5), targets: [0, 1, 2], baselineScore: 0.1, horizon: 10)
        predictions.probabilities = [0.5, 0.25, 0.25, 0.1, 0.8, 0.1, 0, 0.5, 0.5]
        predictions.baselineProbabilities = [0.25, 0.4, 0.35]
        return predictions
    }

    @Test("what is written is read again, of every kind", arguments: [Predictions.Kind.probability, .basisPoints])
    func roundTrip(_ kind: Predictions.Kind) throws {
        let project = try TestProject()
        let predictions = Predictions(
            kind: kind, bars: Self.bars(), targets: [0, 1, 1], baselineScore: 0.4375, horizon: 3)
        let read = try PredictionFile.read(try Self.written(predictions, in: project))
        #expect(read.predictions == predictions && read.instruments == ["AAA", "BBB"])
        #expect(read.weights == "w" && read.features == "f")
    }

    @Test("classes carry their probabilities, and the spread that each sample pays")
    func classes() throws {
        let project = try TestProject()
        let read = try PredictionFile.read(try Self.written(Self.classes, in: project))
        #expect(read.predictions == Self.classes)
        #expect(read.predictions.bars.map(\.spreadBps) == [1.5, 1.5, 1.5])
    }

    @Test("what does not fit together is refused")
    func malformed() throws {
        let project = try TestProject()
        func code(_ predictions: Predictions, _ change: (inout SafetensorsFile) -> Void = { _ in }) throws -> String? {
            let path = try Self.written(predictions, in: project)
            var file = try SafetensorsFile.read(path)
            change(&file)
            try file.write(to: path)
            return project.code { _ = try PredictionFile.read(path) }
        }
        #expect(try code(Self.classes) == nil)
        let format = "predictions.format"
        let eight = [Float](repeating: 0, count: 8)
        #expect(try code(Self.classes) { $0.set("probabilities", shape: [4, 2], .float32(eight)) } == format)
        #expect(try code(Self.classes) { $0.metadata["baselineProbabilities"] = "[0.5, 0.5]" } == format)
        #expect(try code(Self.classes) { $0.set("target", shape: [3], .float32([0, 1, 3])) } == format)
        #expect(try code(Self.classes) { $0.set("target", shape: [2], .float32([0, 1])) } == format)
        #expect(try code(Self.classes) { $0.set("instrument", shape: [3], .int32([0, 1, 2])) } == format)
        #expect(try code(Self.classes) { $0.set("instrument", shape: [3], .int32([0, -1, 1])) } == format)
        #expect(try code(Self.classes) { $0.metadata["version"] = "2" } == format)
        #expect(try code(Self.classes) { $0.metadata["kind"] = "votes" } == format)
        #expect(try code(Self.classes) { $0.metadata["horizon"] = "ten" } == format)
    }
}
