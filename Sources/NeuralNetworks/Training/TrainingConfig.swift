package import Basics
import Foundation
package import Tensors

/// Everything that decides the bytes of the weights, apart from the data and the layers.
package struct TrainingConfig: Sendable, Equatable {
    /// When training ends before its last epoch.
    package struct EarlyStopping: Sendable, Equatable {
        /// Epochs without improvement before training stops.
        package var patience: Int
        /// Less than this counts as no improvement; in the unit of the monitored measure.
        package var minimumImprovement: Double

        /// Ends training after `patience` epochs without improvement.
        package init(patience: Int, minimumImprovement: Double) {
            self.patience = patience
            self.minimumImprovement = minimumImprovement
        }
    }

    /// Passes over all training samples.
    package var epochs = 20
    /// Samples of one optimizer step.
    package var batchSize = 64
    /// Parts of a batch whose gradients are computed alone and added in order; nil leaves it to the network's size.
    /// Never a matter of the number of threads, so that threads do not change the result.
    package var gradientShards: Int?
    /// Decides starting weights, order and dropout.
    package var seed: UInt64 = 1
    /// What is minimised.
    package var loss = Loss.meanSquaredError
    /// How weights move.
    package var optimizer = OptimizerConfig.adam(
        rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, placement: .corrected)
    /// The factor on the learning rate.
    package var schedule = LearningRateSchedule.constant
    /// Largest Euclidean norm of the gradient, or nil for no clipping.
    package var clipNorm: Double?
    /// The validation measure that chooses the best epoch and stops training; see ``ValidationMeasures``.
    package var monitor = "loss"
    /// Nil trains all epochs.
    package var earlyStopping: EarlyStopping?
    /// Decay of a moving average of the weights, which then is what is evaluated and saved; nil for none.
    package var averageDecay: Double?
    /// Parts of a batch that are computed one after another: memory of batchSize / accumulation samples, result of the
    /// whole batch (but batch norm sees parts).
    package var accumulation = 1
    /// Whether every epoch has an order of its own.
    package var isShuffled = true
    /// How matrix products are rounded.
    package var precision = Precision.float32
    /// Which library computes matrix products.
    package var kernels = KernelChoice.panels

    /// The defaults.
    package init() {}

    package static let keys = [
        "epochs", "batchSize", "gradientShards", "seed", "loss", "optimizer", "schedule", "clipNorm", "monitor",
        "earlyStopping",
        "averageDecay", "accumulation", "shuffle", "precision", "kernels",
    ]

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String) throws {
        let reader = try ConfigReader(node, path: path, keys: TrainingConfig.keys)
        epochs = try reader.int("epochs", default: 20, in: 1...100_000)
        batchSize = try reader.int("batchSize", default: 64, in: 1...1_000_000)
        gradientShards = try reader.optionalInt("gradientShards", in: 1...256)
        accumulation = try reader.int("accumulation", default: 1, in: 1...100_000)
        let shards = gradientShards ?? 1
        guard shards * accumulation <= batchSize else {
            throw ConfigError(
                "found gradientShards \(shards) and accumulation \(accumulation) for a batch of \(batchSize)",
                at: (reader.value("gradientShards") ?? reader.value("accumulation"))?.mark)
        }
        averageDecay = try reader.optionalDouble("averageDecay", in: 0...0.999_999_9)
        seed = UInt64(try reader.int("seed", default: 1, in: 0...Int.max))
        loss = try Loss(try reader.required("loss"), path: reader.name("loss"))
        if let node = reader.value("optimizer") {
            optimizer = try OptimizerConfig(node, path: reader.name("optimizer"))
        }
        if let node = reader.value("schedule") {
            schedule = try LearningRateSchedule(node, path: reader.name("schedule"))
        }
        clipNorm = try reader.optionalDouble("clipNorm", in: 1e-12...1e12)
        monitor = try reader.string("monitor", default: "loss")
        _ = try ValidationMeasures.kinds(loss).find(monitor, at: reader.value("monitor")?.mark)
        if let node = reader.value("earlyStopping") {
            let stop = try ConfigReader(
                node, path: reader.name("earlyStopping"), keys: ["patience", "minimumImprovement"])
            earlyStopping = EarlyStopping(
                patience: try stop.int("patience", in: 1...10_000),
                minimumImprovement: try stop.double("minimumImprovement", default: 0, in: 0...1e9))
        }
        isShuffled = try reader.bool("shuffle", default: true)
        precision = try reader.choice("precision", default: .float32)
        kernels = try reader.choice("kernels", default: .panels)
    }

    /// The options as a checkpoint's fingerprint has them. `kernels` is left out where it asks for what every version
    /// before it did, so that their checkpoints still open.
    var fingerprintText: String {
        "\(self)".replacingOccurrences(of: ", kernels: \(String(reflecting: KernelChoice.panels)))", with: ")")
    }
}
