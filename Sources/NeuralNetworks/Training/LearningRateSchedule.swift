import Basics
import Foundation

/// A factor on the learning rate as training goes on.
package enum LearningRateSchedule: Sendable, Equatable {
    case constant
    /// Linear warm-up over `warmupSteps`, then half a cosine down to `floor` at the last step.
    case cosine(warmupSteps: Int, floor: Double)
    /// Multiplied by `factor` every `epochs` epochs.
    case step(epochs: Int, factor: Double)

    package init(_ node: JSONValue, path: String) throws {
        let kind = node[key: "kind"]?.stringValue ?? "constant"
        switch kind {
        case "constant":
            _ = try ConfigReader(node, path: path, keys: ["kind"])
            self = .constant
        case "cosine":
            let reader = try ConfigReader(node, path: path, keys: ["kind", "warmupSteps", "floor"])
            self = .cosine(
                warmupSteps: try reader.int("warmupSteps", default: 0, in: 0...10_000_000),
                floor: try reader.double("floor", default: 0, in: 0...1))
        case "step":
            let reader = try ConfigReader(node, path: path, keys: ["kind", "epochs", "factor"])
            self = .step(
                epochs: try reader.int("epochs", in: 1...1_000_000), factor: try reader.double("factor", in: 1e-6...1))
        default:
            throw ConfigError(
                "found the schedule '\(kind)', expected one of constant, cosine, step", at: node[key: "kind"]?.mark,
                hint: NearestName.of(kind, in: ["constant", "cosine", "step"]).map { "did you mean '\($0)'?" })
        }
    }

    /// The factor for a step, counted from 0.
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
