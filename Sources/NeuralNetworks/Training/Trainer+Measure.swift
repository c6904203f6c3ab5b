import Basics
package import Tensors

extension Trainer {
    /// ``ValidationMeasures`` over all samples, without dropout and with running statistics, by the kernels that
    /// train.
    package func measure(_ samples: some SampleSource) -> [Double] {
        let predictor = Predictor(network: network, parameters: evaluated, threads: threads, kernels: kernels)
        let (outputs, targets) = predictor.predict(samples)
        var weight = 0.0
        for target in targets { weight += config.loss.weight(target) }
        let sum = config.loss.evaluate(
            batch: targets.count, classes: network.output.count, outputs: outputs, targets: targets, total: 1,
            gradient: nil)
        return ValidationMeasures.values(
            config.loss, outputs: outputs, targets: targets, classes: network.output.count,
            meanLoss: weight > 0 ? sum / weight : .nan)
    }

    /// Mean loss over all samples.
    package func evaluate(_ samples: some SampleSource) -> Double { measure(samples)[0] }
}

extension Trainer {
    /// The name of what computes: what a run records. It follows from the configuration, and for `kernels: auto` from
    /// what was measured here or ``resume(with:)``.
    package var kernelsName: KernelsName { kernels.name }

    /// Computes with the library of a recorded name where the configuration leaves the choice open (`kernels: auto`),
    /// in place of what was measured here. Must come before the first step.
    ///
    /// - Throws: ``Failure`` with the code `openblas.missing`.
    package func compute(with recorded: KernelsName) throws {
        guard config.kernels == .auto, recorded.library != kernels.library else { return }
        use(try ProductKernels(recorded.library, config.precision))
    }

    /// As ``compute(with:)``, for a run that is resumed: the steps to come must have the bits of the steps so far.
    ///
    /// - Throws: ``Failure`` with the code `train.kernels` where this machine computes other bits than the run did.
    package func resume(with recorded: KernelsName) throws {
        try compute(with: recorded)
        guard kernels.name.hasBits(of: recorded) else {
            throw Failure(
                "train.kernels",
                "found a run that was computed by \(recorded), this machine computes by \(kernels.name): other bits",
                hint: kernels.library == recorded.library
                    ? "resume on a machine with \(recorded.processor), or start anew without --resume"
                    : "training.kernels differs: add --set training.kernels=\(recorded.library.rawValue) to the same "
                        + "hftml train … --resume, or start anew without --resume")
        }
    }
}
