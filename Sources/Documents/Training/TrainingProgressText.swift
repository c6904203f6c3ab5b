import Basics
import NeuralNetworks
import ReinforcementLearning
package import Workflows

/// The words of a training's progress, for a terminal and for a log.
package enum TrainingProgressText {
    package static func began(run: String, parameters: Int, multiplyAdds: Int, threads: Int) -> String {
        "run \(run.prefix(8)): \(parameters) parameters, \(multiplyAdds) multiply-adds per sample, \(threads) threads"
    }

    package static func began(run: String, agent: String, task: String, threads: Int) -> String {
        "run \(run.prefix(8)): \(agent) on \(task), \(threads) threads"
    }

    package static func step(_ step: TrainingEvent.ModelStep) -> String {
        [
            "epoch \(step.epoch)/\(step.epochs)", "loss \(fixed(step.trainingLoss, 5))",
            step.validationLoss.map { "val \(fixed($0, 5))" },
            step.monitored.map { "\($0.name) \(fixed($0.value, 4))" },
            step.bestLoss.map { "best \(fixed($0, 5))" }, "\(Int(saturating: step.samplesPerSecond)) samples/s",
        ].compactMap { $0 }.joined(separator: "  ")
    }

    package static func step(steps: Int, of total: Int, meanReturn: Double, perSecond: Double) -> String {
        let mean = meanReturn.isFinite ? fixed(meanReturn, 3) : "–"
        return "step \(steps)/\(total)  return \(mean)  \(Int(saturating: perSecond)) steps/s"
    }

    package static func ended(_ outcome: TrainModel.Outcome) -> [String] {
        let losses = sparkline(outcome.history.map(\.validationLoss)), samples = outcome.samples
        return [
            "validation loss \(losses)  best \(outcome.monitor) in epoch \(outcome.bestEpoch) "
                + "of \(outcome.history.count)",
            "weights \(outcome.weights.prefix(16))…  samples: \(samples.training) training, "
                + "\(samples.validation) validation, \(samples.test) test",
        ]
    }

    package static func ended(_ outcome: TrainAgent.Outcome, seconds: Double) -> [String] {
        [
            "return \(sparkline(outcome.curve.map(\.meanReturn)))  \(outcome.steps) steps in \(fixed(seconds, 1)) s, "
                + "evaluation included",
            "weights \(outcome.weights.prefix(16))…",
        ]
    }

    /// - Parameter isInStage: whether a pipeline ran the training: what it makes counts only as the pipeline's own.
    package static func stopped(run: String, after place: String, isInStage: Bool = false) -> String {
        isInStage
            ? "stopped after \(place); run \(run.prefix(8)) goes on when the pipeline is run again"
            : "stopped after \(place); resume it with: hftml resume \(run.prefix(8))"
    }
}
