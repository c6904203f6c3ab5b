package import Basics
import Foundation

/// Whole numbers between two bounds, every one or in steps.
package struct IntegerRange: Distribution {
    package static let kind = "int"
    package static let summary = "Whole numbers between two bounds, on a linear or logarithmic scale, or in steps."
    package static let keys = ["scale", "step"]
    let low: Int
    let high: Int
    let isLog: Bool
    let step: Int

    package init(_ reader: ConfigReader, of name: String) throws {
        isLog = try Distributions.isLogarithmic(reader, of: name)
        let (low, high) = try Distributions.bounds(reader, IntegerRange.kind, { $0.intValue })
        let step = try reader.int("step", default: 1, in: 1...Int.max)
        guard !isLog || (low >= 1 && step == 1) else {
            throw ConfigError(
                "found a logarithmic scale with a bound below 1 or with a step at '\(name)'", at: reader.node.mark)
        }
        guard max(low.magnitude, high.magnitude) < Distributions.largestExact else {
            throw ConfigError(
                "found a bound at '\(name)' beyond 2⁵³, where numbers of a search are no longer exact",
                at: reader.node.mark)
        }
        self.low = low
        self.high = low + (high - low) / step * step
        self.step = step
    }

    private var cells: Int { (high - low) / step + 1 }

    package var count: Int? { cells }

    package func value(unit: Double) -> Double {
        let u = min(max(unit, 0), 1)
        guard isLog else { return Double(low + min(Int(saturating: u * Double(cells)), cells - 1) * step) }
        let a = log(Double(low) - 0.5), b = log(Double(high) + 0.5)
        return min(max(exp(a + u * (b - a)).rounded(), Double(low)), Double(high))
    }

    package func unit(value: Double) -> Double {
        guard isLog else { return ((value - Double(low)) / Double(step) + 0.5) / Double(cells) }
        let a = log(Double(low) - 0.5), b = log(Double(high) + 0.5)
        return (log(value) - a) / (b - a)
    }

    package func json(_ value: Double) -> JSONValue { Int(exactly: value).map { .int($0) } ?? .null }

    package func value(_ node: JSONValue) -> Double? {
        node.intValue.flatMap { low <= $0 && $0 <= high ? Double($0) : nil }
    }

    package var description: [(String, JSONValue)] {
        [
            ("int", .list([.int(low), .int(high)])), ("scale", .string(isLog ? "log" : "linear")), ("step", .int(step)),
        ]
    }
}
