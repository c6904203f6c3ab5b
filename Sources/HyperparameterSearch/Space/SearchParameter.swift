package import Basics
import Foundation

/// One dimension of a search space: what values it may take, and when it exists at all.
package struct SearchParameter: Sendable, Equatable {
    package enum Domain: Sendable, Equatable {
        /// Real numbers; with a `step`, the multiples of it above `low`.
        case float(low: Double, high: Double, isLog: Bool, step: Double?)
        case int(low: Int, high: Int, isLog: Bool, step: Int)
        /// Values without an order. A point holds the position of the chosen one.
        case choice([JSONValue])
    }

    /// The parameter exists only where another one has one of these values.
    package struct Condition: Sendable, Equatable {
        package let parent: String
        package let values: [JSONValue]
    }

    /// Dotted path of the option that it sets.
    package let name: String
    package let domain: Domain
    package let condition: Condition?

    package init(_ name: String, _ domain: Domain, when condition: Condition? = nil) {
        self.name = name
        self.domain = domain
        self.condition = condition
    }

    /// Reads `{float: [1e-4, 0.1], scale: log}`, `{int: [8, 64], step: 8}`, `{choice: [relu, tanh]}`, each with an
    /// optional `when: {other: [values]}`. Anything that is not a map is a constant.
    package init(_ name: String, _ node: JSONValue) throws {
        self.name = name
        guard node.mapValue != nil else {
            domain = .choice([node])
            condition = nil
            return
        }
        let reader = try ConfigReader(node, path: name, keys: ["float", "int", "choice", "scale", "step", "when"])
        let kinds = ["float", "int", "choice"].filter(reader.has)
        guard kinds.count == 1, let kind = kinds.first else {
            throw ConfigError("found \(kinds.count) of float, int and choice at '\(name)', expected one", at: node.mark)
        }
        let isLog = try reader.string("scale", default: "linear") == "log"
        if let scale = reader.value("scale"), !["log", "linear"].contains(scale.stringValue ?? "") {
            throw ConfigError(
                "found the scale '\(scale.text(.compact))' at '\(name)', expected linear or log", at: scale.mark)
        }
        switch kind {
        case "choice":
            let values = try reader.list("choice")
            guard !values.isEmpty, !reader.has("scale"), !reader.has("step") else {
                throw ConfigError("expected a list of values, without scale and step, at '\(name)'", at: node.mark)
            }
            domain = .choice(values)
        case "int":
            let (low, high) = try SearchParameter.bounds(reader, kind, { $0.intValue })
            let step = try reader.int("step", default: 1, in: 1...Int.max)
            guard !isLog || (low >= 1 && step == 1) else {
                throw ConfigError(
                    "found a logarithmic scale with a bound below 1 or with a step at '\(name)'", at: node.mark)
            }
            domain = .int(low: low, high: low + (high - low) / step * step, isLog: isLog, step: step)
        default:
            let (low, high) = try SearchParameter.bounds(reader, kind, { $0.doubleValue })
            let step = try reader.optionalDouble(
                "step", in: Double.leastNormalMagnitude...Double.greatestFiniteMagnitude)
            guard !isLog || (low > 0 && step == nil) else {
                throw ConfigError(
                    "found a logarithmic scale with a bound that is not positive, or with a step, at '\(name)'",
                    at: node.mark)
            }
            domain = .float(
                low: low, high: step.map { low + ((high - low) / $0 + 1e-9).rounded(.down) * $0 } ?? high, isLog: isLog,
                step: step)
        }
        condition = try reader.value("when").map { node in
            guard let entry = node.mapValue?.first, node.mapValue?.count == 1 else {
                throw ConfigError(
                    "found no single 'parameter: values' in the 'when' of '\(name)'", at: node.mark,
                    hint: "write when: {model.kind: [lstm]}")
            }
            return Condition(parent: entry.key, values: entry.value.listValue ?? [entry.value])
        }
    }

    private static func bounds<T: Comparable>(_ reader: ConfigReader, _ key: String, _ number: (JSONValue) -> T?) throws
        -> (T, T)
    {
        let pair = try reader.list(key)
        guard pair.count == 2, let low = number(pair[0]), let high = number(pair[1]), low <= high else {
            throw ConfigError(
                "expected '\(reader.name(key))' to be a lower and an upper bound, such as [1, 10]",
                at: reader.value(key)?.mark)
        }
        return (low, high)
    }

    /// Number of different values; nil for a continuum.
    package var count: Int? {
        switch domain {
        case .float(let low, let high, _, let step):
            step.map { Int(((high - low) / $0).rounded()) + 1 } ?? (low == high ? 1 : nil)
        case .int(let low, let high, _, let step): (high - low) / step + 1
        case .choice(let values): values.count
        }
    }

    package var isChoice: Bool { if case .choice = domain { true } else { false } }
    package var isConstant: Bool { count == 1 }

    // MARK: The unit interval

    /// The value at a place of [0, 1]. Discrete values have equal shares of it, on a logarithmic scale shares of equal
    /// ratio.
    package func value(unit: Double) -> Double {
        let u = min(max(unit, 0), 1)
        switch domain {
        case .choice(let values): return Double(min(Int(u * Double(values.count)), values.count - 1))
        case .int(let low, let high, false, let step):
            let cells = (high - low) / step + 1
            return Double(low + min(Int(u * Double(cells)), cells - 1) * step)
        case .int(let low, let high, true, _):
            let a = log(Double(low) - 0.5), b = log(Double(high) + 0.5)
            return min(max(exp(a + u * (b - a)).rounded(), Double(low)), Double(high))
        case .float(let low, let high, _, let step?):
            let cells = Int(((high - low) / step).rounded()) + 1
            return low + Double(min(Int(u * Double(cells)), cells - 1)) * step
        case .float(let low, let high, false, nil): return min(low + u * (high - low), high)
        case .float(let low, let high, true, nil):
            return min(max(exp(log(low) + u * (log(high) - log(low))), low), high)
        }
    }

    /// The place of a value in [0, 1]; the middle of its share for discrete ones.
    package func unit(value: Double) -> Double {
        switch domain {
        case .choice(let values): return (value + 0.5) / Double(values.count)
        case .int(let low, let high, false, let step):
            return ((value - Double(low)) / Double(step) + 0.5) / Double((high - low) / step + 1)
        case .int(let low, let high, true, _):
            let a = log(Double(low) - 0.5), b = log(Double(high) + 0.5)
            return (log(value) - a) / (b - a)
        case .float(let low, let high, _, let step?):
            return ((value - low) / step + 0.5) / (((high - low) / step).rounded() + 1)
        case .float(let low, let high, false, nil): return high > low ? (value - low) / (high - low) : 0.5
        case .float(let low, let high, true, nil):
            return high > low ? (log(value) - log(low)) / (log(high) - log(low)) : 0.5
        }
    }

    /// The value as it is written into a configuration.
    package func json(_ value: Double) -> JSONValue {
        // Numbers may come from a file.
        switch domain {
        case .choice(let values):
            Int(exactly: value).flatMap { values.indices.contains($0) ? values[$0] : nil } ?? .null
        case .int: Int(exactly: value).map { .int($0) } ?? .null
        case .float: .double(value)
        }
    }

    /// The value that a configuration holds; nil where it is not one of this parameter's.
    package func value(_ node: JSONValue) -> Double? {
        switch domain {
        case .choice(let values): values.firstIndex(of: node).map(Double.init)
        case .int(let low, let high, _, _): node.intValue.flatMap { low <= $0 && $0 <= high ? Double($0) : nil }
        case .float(let low, let high, _, _): node.doubleValue.flatMap { low <= $0 && $0 <= high ? $0 : nil }
        }
    }

    /// Canonical description, from which the identity of a space is made.
    var json: JSONValue {
        var pairs: [(String, JSONValue)]
        switch domain {
        case .choice(let values): pairs = [("choice", .list(values))]
        case .int(let low, let high, let isLog, let step):
            pairs = [
                ("int", .list([.int(low), .int(high)])), ("scale", .string(isLog ? "log" : "linear")),
                ("step", .int(step)),
            ]
        case .float(let low, let high, let isLog, let step):
            pairs =
                [("float", .doubles([low, high])), ("scale", .string(isLog ? "log" : "linear"))]
                + (step.map { [("step", .double($0))] } ?? [])
        }
        if let condition { pairs.append(("when", .map([(condition.parent, .list(condition.values))]))) }
        return .map(pairs)
    }
}
