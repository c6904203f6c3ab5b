import Basics
package import Tensors

/// A checkpoint is one safetensors file: weights, best weights, optimizer moments, and the state as JSON metadata.
extension Trainer {
    private static let formatVersion = "2"

    /// Saves atomically: the file is either the previous checkpoint or this one.
    package func saveCheckpoint(_ path: String) throws { try checkpoint.write(to: path) }

    /// All that a resumed training needs; whoever trains with an objective of its own adds what that needs.
    package var checkpoint: SafetensorsFile {
        var file = SafetensorsFile()
        file.set("parameters", shape: [parameters.count], .float32(parameters.array))
        file.set("best", shape: [bestParameters.count], .float32(bestParameters.array))
        file.set("optimizer.first", shape: [optimizer.first.count], .float32(optimizer.first.array))
        file.set("optimizer.second", shape: [optimizer.second.count], .float32(optimizer.second.array))
        let s = state
        if let average { file.set("average", shape: [average.count], .float32(average.array)) }
        let numbers = s.history.flatMap { [Double($0.epoch), $0.trainingLoss, $0.learningRate] + $0.measures }
        file.set("history", shape: [s.history.count, historyWidth], .float64(numbers))
        file.set("sums", shape: [4], .float64([s.lossSum, s.weightSum, s.bestLoss, s.bestValue]))
        file.set(
            "counters", shape: [5],
            .int64([
                Int64(optimizer.step), Int64(s.epoch), Int64(s.stepInEpoch), Int64(s.bestEpoch), s.isStopped ? 1 : 0,
            ]))
        file.metadata = [
            "format": "hftml-checkpoint", "version": Trainer.formatVersion, "fingerprint": fingerprint,
            "kernels": "\(kernelsName)",
        ]
        return file
    }

    /// Resumes from a checkpoint.
    ///
    /// - Throws: ``Failure`` when the file is damaged, belongs to another network or configuration, or was computed by
    ///   kernels that this machine does not have.
    package func loadCheckpoint(_ path: String) throws { try restore(try SafetensorsFile.read(path), from: path) }

    /// - Parameter path: for messages.
    package func restore(_ file: SafetensorsFile, from path: String) throws {
        guard file.metadata["format"] == "hftml-checkpoint", file.metadata["version"] == Trainer.formatVersion else {
            throw Failure("train.checkpoint", "found no checkpoint of version \(Trainer.formatVersion) in '\(path)'")
        }
        guard file.metadata["fingerprint"] == fingerprint else {
            throw Failure(
                "train.other-checkpoint", "found a checkpoint of another network or configuration in '\(path)'",
                hint: "resume with the configuration the run was started with, or start anew without --resume")
        }
        // Checkpoints of earlier versions do not say; theirs were computed by our own kernels.
        if let kernels = file.metadata["kernels"].flatMap(KernelsName.init) { try resume(with: kernels) }
        guard case .float64(let history)? = file["history"]?.column, case .float64(let sums)? = file["sums"]?.column,
            case .int64(let counters)? = file["counters"]?.column, sums.count == 4, counters.count == 5,
            counters.allSatisfy({ (0..<1 << 53).contains($0) }), history.count % historyWidth == 0,
            stride(from: 0, to: history.count, by: historyWidth).allSatisfy({ Int(exactly: history[$0]) != nil })
        else { throw Failure("train.checkpoint", "found a damaged checkpoint in '\(path)'") }
        func values(_ name: String, _ count: Int) throws -> [Float] {
            let tensor = try file.tensor(name)
            guard tensor.values.count == count else {
                throw Failure(
                    "train.checkpoint",
                    "found \(tensor.values.count) values for '\(name)' in '\(path)', expected \(count)")
            }
            return tensor.values
        }
        parameters.copy(from: try values("parameters", parameters.count))
        bestParameters.copy(from: try values("best", bestParameters.count))
        if let average { average.copy(from: try values("average", average.count)) }
        restore(
            optimizerStep: Int(counters[0]), first: try values("optimizer.first", optimizer.first.count),
            second: try values("optimizer.second", optimizer.second.count))
        var restored = TrainingState()
        (restored.lossSum, restored.weightSum, restored.bestLoss, restored.bestValue) = (
            sums[0], sums[1], sums[2], sums[3]
        )
        (restored.epoch, restored.stepInEpoch, restored.bestEpoch) = (
            Int(counters[1]), Int(counters[2]), Int(counters[3])
        )
        restored.isStopped = counters[4] == 1
        restored.history = stride(from: 0, to: history.count, by: historyWidth).map {
            let measures = Array(history[$0 + 3..<$0 + historyWidth])
            return TrainingState.Epoch(
                epoch: Int(saturating: history[$0]), trainingLoss: history[$0 + 1], validationLoss: measures[0],
                learningRate: history[$0 + 2], measures: measures)
        }
        state = restored
    }

    /// Epoch, training loss, learning rate, and the validation measures.
    private var historyWidth: Int { 3 + ValidationMeasures.names(config.loss).count }

    /// Names the network and the options that decide the weights.
    private var fingerprint: String {
        let shapes = network.parameters.map { "\($0.name):\($0.spec.shape)" }.joined(separator: ",")
        return Digest.sha256("\(shapes)|\(config.fingerprintText)")
    }
}
