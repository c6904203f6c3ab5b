package import Basics
import Foundation

/// A factor on the learning rate that follows the steps of a training.
package enum LearningRateSchedule: Sendable, Equatable {
    case constant
    /// Linear warm-up over `warmupSteps`, then half a cosine down to `floor` at the last step (Loshchilov & Hutter
    /// 2017, arXiv:1608.03983, without restarts).
    case cosine(warmupSteps: Int, floor: Double)
    /// Multiplied by `factor` every `epochs` epochs.
    case step(epochs: Int, factor: Double)

    /// How one kind is read.
    package struct Kind: Sendable {
        /// Its options besides `kind`.
        package let keys: [String]
        let make: @Sendable (ConfigReader) throws -> LearningRateSchedule
    }

    /// What the key `kind` may name.
    package static let kinds = Kinds<Kind>(
        "schedule",
        [
            .init("constant", "the same rate in every step", Kind(keys: []) { _ in .constant }),
            .init(
                "cosine", "a linear warm-up, then half a cosine down to the floor",
                Kind(keys: ["warmupSteps", "floor"]) { reader in
                    .cosine(
                        warmupSteps: try reader.int("warmupSteps", default: 0, in: 0...10_000_000),
                        floor: try reader.double("floor", default: 0, in: 0...1))
                }),
            .init(
                "step", "multiplied by a factor every so many epochs",
                Kind(keys: ["epochs", "factor"]) { reader in
                    .step(
                        epochs: try reader.int("epochs", in: 1...1_000_000),
                        factor: try reader.double("factor", in: 1e-6...1))
                }),
        ])

    /// Reads a map with `kind` (default `constant`) and the kind's own options.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue, path: String) throws {
        let kindNode = node[key: "kind"]
        let kind = try LearningRateSchedule.kinds.find(kindNode?.stringValue ?? "constant", at: kindNode?.mark)
        self = try kind.make(try ConfigReader(node, path: path, keys: ["kind"] + kind.keys))
    }

    /// The factor on the learning rate for a step, counted from 0.
    ///
    /// - Parameters:
    ///   - totalSteps: of the whole training; the cosine ends with them.
    ///   - stepsPerEpoch: what an epoch of `step` is.
    package func factor(step: Int, totalSteps: Int, stepsPerEpoch: Int) -> Double {
        switch self {
        case .constant: return 1
        case .cosine(let warmup, let floor):
            if step < warmup { return Double(step + 1) / Double(warmup) }
            let span = max(totalSteps - warmup - 1, 1)
            let progress = min(Double(step - warmup) / Double(span), 1)
            return floor + (1 - floor) * 0.5 * (1 + cos(Double.pi * progress))
        case .step(let epochs, let factor): return pow(factor, Double(step / max(stepsPerEpoch, 1) / epochs))
        }
    }
}
