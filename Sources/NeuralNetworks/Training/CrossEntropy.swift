import Basics
import Foundation

extension Loss {
    /// The forms of cross-entropy, freely combined.
    package struct CrossEntropy: Sendable, Equatable {
        /// How much each class counts. The mean is weighted, as in PyTorch.
        package enum ClassWeights: Sendable, Equatable {
            case equal
            /// n / (K·nₖ) of the training samples, found when training starts; a mix of 0 is equal weights, 1 the full
            /// correction.
            case balanced(mix: Double)
            /// One weight for each of the K classes.
            case fixed([Float])
        }

        /// How much each class counts.
        package var classWeights = ClassWeights.equal
        /// Share of the target that is spread over all classes (Szegedy et al. 2016), as PyTorch's `label_smoothing`.
        package var labelSmoothing = 0.0
        /// γ of the focal loss −(1 − p)^γ·ln p (Lin et al. 2017, arXiv:1708.02002); 0 is cross-entropy.
        package var focus = 0.0

        /// Plain cross-entropy.
        package init() {}

        init(_ reader: ConfigReader, focus: Double) throws {
            labelSmoothing = try reader.double("labelSmoothing", default: 0, in: 0...0.999)
            self.focus = focus
            classWeights = try ClassWeights(reader)
        }
    }
}

extension Loss.CrossEntropy.ClassWeights {
    /// `classWeights: balanced`, with `balance: 0.5` for half the correction, or a list of numbers.
    init(_ reader: ConfigReader) throws {
        guard let node = reader.value("classWeights") else {
            self = .equal
            return
        }
        if node.stringValue == "balanced" {
            self = .balanced(mix: try reader.double("balance", default: 1, in: 0...1))
            return
        }
        let numbers = (node.listValue ?? []).compactMap(\.doubleValue).filter { $0 >= 0 && $0.isFinite }
        guard !numbers.isEmpty, numbers.count == node.listValue?.count else {
            throw ConfigError(
                "found \(node.text(.compact)) for 'classWeights', expected 'balanced' or a list of numbers ≥ 0",
                at: node.mark)
        }
        self = .fixed(numbers.map { Float($0) })
    }

    /// The weight of a class; 1 where none is fixed.
    @inline(__always)
    func weight(_ target: Float) -> Double {
        if case .fixed(let weights) = self { Double(weights[Int(saturating: target)]) } else { 1 }
    }
}

extension Loss.CrossEntropy {
    /// The sum of weighted losses of `batch` samples; arguments as in
    /// ``Loss/evaluate(batch:classes:outputs:targets:total:gradient:)``, but `scale` is 1 / total.
    func evaluate(
        batch: Int, classes: Int, outputs: UnsafePointer<Float>, targets: UnsafePointer<Float>, scale: Float,
        gradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        var sum = 0.0
        for i in 0..<batch {
            let row = outputs + i * classes
            var largest = row[0]
            for k in 1..<classes { largest = max(largest, row[k]) }
            var partition = 0.0
            for k in 0..<classes { partition += exp(Double(row[k] - largest)) }
            let logPartition = log(partition) + Double(largest), slope = gradient.map { $0 + i * classes }
            let target = Int(saturating: targets[i]), weight = classWeights.weight(targets[i])
            sum +=
                labelSmoothing > 0
                ? smoothed(row, classes, target, weight, logPartition, scale, slope)
                : focused(row, classes, target, weight, logPartition, scale, slope)
        }
        return sum
    }

    /// One sample with a smoothed target: each class's own term carries its weight, as in PyTorch; the mean is taken
    /// over the targets' weights.
    @inline(__always)
    private func smoothed(
        _ row: UnsafePointer<Float>, _ classes: Int, _ target: Int, _ weight: Double, _ logPartition: Double,
        _ scale: Float, _ gradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        let smoothing = labelSmoothing
        var spread = 0.0, total = 0.0
        for k in 0..<classes {
            let share = classWeights.weight(Float(k))
            spread += share * (logPartition - Double(row[k]))
            total += share
        }
        if let gradient {
            for k in 0..<classes {
                let p = exp(Double(row[k]) - logPartition)
                let hard = weight * (p - (k == target ? 1 : 0)), soft = p * total - classWeights.weight(Float(k))
                gradient[k] = Float((1 - smoothing) * hard + smoothing / Double(classes) * soft) * scale
            }
        }
        let logLoss = logPartition - Double(row[target])
        return (1 - smoothing) * weight * logLoss + smoothing / Double(classes) * spread
    }

    /// One sample with a hard target.
    @inline(__always)
    private func focused(
        _ row: UnsafePointer<Float>, _ classes: Int, _ target: Int, _ weight: Double, _ logPartition: Double,
        _ scale: Float, _ gradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        let logProbability = Double(row[target]) - logPartition
        let p = exp(logProbability)
        let rest = max(1 - p, 1e-12), factor = focus > 0 ? pow(rest, focus) : 1
        if let gradient {
            // d/dz of −(1 − p)^γ ln p is slope · (δ − pₖ).
            let slope = focus > 0 ? weight * (focus * p * pow(rest, focus - 1) * logProbability - factor) : -weight
            for k in 0..<classes {
                let probability = exp(Double(row[k]) - logPartition)
                gradient[k] = Float(slope * ((k == target ? 1 : 0) - probability)) * scale
            }
        }
        return -(weight * factor * logProbability)
    }
}
