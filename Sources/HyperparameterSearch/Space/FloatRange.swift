package import Basics
import Foundation

/// Real numbers between two bounds; with a step, the multiples of it above the lower one.
package struct FloatRange: Distribution {
    package static let kind = "float"
    package static let summary = "Real numbers between two bounds, on a linear or logarithmic scale, or in steps."
    package static let keys = ["scale", "step"]
    let low: Double
    let high: Double
    let isLog: Bool
    let step: Double?

    /// - Precondition: low ≤ high; a logarithmic scale has a positive bound and no step.
    package init(low: Double, high: Double, isLog: Bool, step: Double?) {
        (self.low, self.high, self.isLog, self.step) = (low, high, isLog, step)
    }

    package init(_ reader: ConfigReader, of name: String) throws {
        isLog = try Distributions.isLogarithmic(reader, of: name)
        let (low, high) = try Distributions.bounds(reader, FloatRange.kind, { $0.doubleValue })
        let step = try reader.optionalDouble("step", in: Double.leastNormalMagnitude...Double.greatestFiniteMagnitude)
        guard !isLog || (low > 0 && step == nil) else {
            throw ConfigError(
                "found a logarithmic scale with a bound that is not positive, or with a step, at '\(name)'",
                at: reader.node.mark)
        }
        guard (high - low).isFinite, step.map({ (high - low) / $0 < Double(Distributions.largestExact) }) ?? true else {
            throw ConfigError(
                "found a range at '\(name)' that is too wide for 64-bit numbers or for its step", at: reader.node.mark)
        }
        self.low = low
        self.high = step.map { low + ((high - low) / $0 + 1e-9).rounded(.down) * $0 } ?? high
        self.step = step
    }

    package var count: Int? {
        step.map { Int(saturating: ((high - low) / $0).rounded()) + 1 } ?? (low == high ? 1 : nil)
    }

    package func value(unit: Double) -> Double {
        let u = min(max(unit, 0), 1)
        if let step {
            let cells = Int(saturating: ((high - low) / step).rounded()) + 1
            return low + Double(min(Int(saturating: u * Double(cells)), cells - 1)) * step
        }
        if !isLog { return min(low + u * (high - low), high) }
        return min(max(exp(log(low) + u * (log(high) - log(low))), low), high)
    }

    package func unit(value: Double) -> Double {
        if let step { return ((value - low) / step + 0.5) / (((high - low) / step).rounded() + 1) }
        guard high > low else { return 0.5 }
        return isLog ? (log(value) - log(low)) / (log(high) - log(low)) : (value - low) / (high - low)
    }

    package func json(_ value: Double) -> JSONValue { .double(value) }

    package func value(_ node: JSONValue) -> Double? { node.doubleValue.flatMap { low <= $0 && $0 <= high ? $0 : nil } }

    package var description: [(String, JSONValue)] {
        [("float", .doubles([low, high])), ("scale", .string(isLog ? "log" : "linear"))]
            + (step.map { [("step", .double($0))] } ?? [])
    }
}

extension Distribution where Self == FloatRange {
    /// Real numbers between two bounds; with a `step`, the multiples of it above `low`.
    package static func float(low: Double, high: Double, isLog: Bool, step: Double?) -> FloatRange {
        FloatRange(low: low, high: high, isLog: isLog, step: step)
    }
}
