package import Basics

/// A place in a search space: one number per parameter, NaN where the parameter does not exist at this place.
package typealias Point = [Double]

/// All dimensions of a search, in order, and what must hold between them.
package struct SearchSpace: Sendable, Equatable {
    /// In the order of a point's numbers.
    package let parameters: [SearchParameter]
    /// What a point must satisfy to be tried.
    package let constraints: [Constraint]
    /// Parameters that exist under the same condition, by position: the first group always, every other after the
    /// parent of its condition.
    package let groups: [[Int]]
    private let indices: [String: Int]
    /// For each parameter its parent and the parent's values under which it exists.
    private let conditions: [(parent: Int, values: Set<Double>)?]

    package static func == (a: SearchSpace, b: SearchSpace) -> Bool { a.json == b.json }

    /// - Throws: ``ConfigError`` for a condition on a parameter that is unknown or comes later, or on a value it cannot
    ///   have.
    package init(_ parameters: [SearchParameter], constraints: [Constraint] = [], marks: [String: SourceMark] = [:])
        throws
    {
        self.parameters = parameters
        self.constraints = constraints
        var indices: [String: Int] = [:], conditions: [(parent: Int, values: Set<Double>)?] = []
        for (index, parameter) in parameters.enumerated() {
            let mark = marks[parameter.name]
            guard indices[parameter.name] == nil else {
                throw ConfigError("found the parameter '\(parameter.name)' twice", at: mark)
            }
            if let condition = parameter.condition {
                guard let parent = indices[condition.parent] else {
                    throw ConfigError(
                        "found that '\(parameter.name)' depends on '\(condition.parent)', which no parameter before it "
                            + "is called",
                        at: mark,
                        hint: NearestName.of(condition.parent, in: indices.keys.sorted()).map {
                            "did you mean '\($0)'?"
                        } ?? "list the parameter that decides first")
                }
                let values = try condition.values.map { value in
                    guard let number = parameters[parent].value(value) else {
                        throw ConfigError(
                            "found the condition \(condition.parent) = \(value.text(.compact)) of '\(parameter.name)', "
                                + "a value that it never has",
                            at: mark)
                    }
                    return number
                }
                conditions.append((parent, Set(values)))
            } else {
                conditions.append(nil)
            }
            indices[parameter.name] = index
        }
        for constraint in constraints {
            if let name = constraint.names.first(where: { indices[$0] == nil }) {
                throw ConfigError(
                    "found the unknown parameter '\(name)' in the constraint '\(constraint.text)'", at: constraint.mark,
                    hint: NearestName.of(name, in: indices.keys.sorted()).map { "did you mean '\($0)'?" })
            }
        }
        self.indices = indices
        self.conditions = conditions
        var groups: [[Int]] = [], groupOf: [String: Int] = [:]
        for (index, parameter) in parameters.enumerated() where !parameter.isConstant {
            let key = parameter.condition.map { "\($0.parent)=" + JSONValue.list($0.values).text(.compact) } ?? ""
            if let group = groupOf[key] {
                groups[group].append(index)
            } else {
                groupOf[key] = groups.count
                groups.append([index])
            }
        }
        self.groups = groups
    }

    /// Reads the maps `parameters` and `constraints` of a search configuration.
    package init(parameters node: JSONValue, constraints: [JSONValue]) throws {
        guard let entries = node.mapValue, !entries.isEmpty else {
            throw ConfigError("expected 'parameters' to be a map of names and ranges", at: node.mark)
        }
        try self.init(
            try entries.map { try SearchParameter($0.key, $0.value) },
            constraints: try constraints.map { try Constraint($0) },
            marks: Dictionary(
                entries.compactMap { entry in (entry.keyMark ?? entry.value.mark).map { (entry.key, $0) } },
                uniquingKeysWith: { $1 }))
    }

    /// Whether it has finitely many points.
    package var isFinite: Bool { parameters.allSatisfy { $0.count != nil } }

    /// Position of a parameter in ``parameters``; nil where there is none of that name.
    package func index(of name: String) -> Int? { indices[name] }

    /// Whether a parameter exists, given the values of those before it.
    package func isActive(_ index: Int, in point: Point) -> Bool {
        guard let condition = conditions[index] else { return true }
        return condition.values.contains(point[condition.parent])
    }

    /// A point of places in [0, 1], one per parameter; those of parameters that do not exist are not read.
    package func point(units: [Double]) -> Point {
        var point = Point(repeating: .nan, count: parameters.count)
        for index in parameters.indices where isActive(index, in: point) {
            point[index] = parameters[index].value(unit: units[index])
        }
        return point
    }

    /// Sets the constants, and NaN where a parameter does not exist.
    package func completed(_ point: Point) -> Point {
        var out = point
        for index in parameters.indices {
            if !isActive(index, in: out) {
                out[index] = .nan
            } else if parameters[index].isConstant {
                out[index] = parameters[index].value(unit: 0.5)
            }
        }
        return out
    }

    /// Whether all constraints hold at a point. O(constraints).
    package func isFeasible(_ point: Point) -> Bool {
        constraints.allSatisfy { constraint in
            constraint.holds { name in
                guard let index = indices[name], !point[index].isNaN else { return nil }
                return parameters[index].isChoice ? parameters[index].json(point[index]).doubleValue : point[index]
            }
        }
    }

    /// What a point sets in a configuration.
    package func assignments(_ point: Point) -> [(String, JSONValue)] {
        parameters.indices.filter { !point[$0].isNaN }.map { (parameters[$0].name, parameters[$0].json(point[$0])) }
    }

    /// The point of a configuration's values; nil where a parameter is missing or out of its range.
    package func point(_ value: (String) -> JSONValue?) -> Point? {
        var point = Point(repeating: .nan, count: parameters.count)
        for index in parameters.indices where isActive(index, in: point) {
            guard let number = value(parameters[index].name).flatMap(parameters[index].value) else { return nil }
            point[index] = number
        }
        return isFeasible(point) ? point : nil
    }

    /// Parameters are a list, because their order is that of a point's numbers and canonical JSON sorts the keys of
    /// maps.
    package var json: JSONValue {
        .map([
            "parameters": .list(parameters.map { .map([("name", .string($0.name)), ("domain", $0.json)]) }),
            "constraints": .strings(constraints.map(\.text)),
        ])
    }

    /// Reads what ``json`` wrote.
    package init(json node: JSONValue) throws {
        try self.init(
            try (node[key: "parameters"]?.listValue ?? []).map {
                try SearchParameter($0[key: "name"]?.stringValue ?? "", $0[key: "domain"] ?? .null)
            },
            constraints: try (node[key: "constraints"]?.listValue ?? []).map { try Constraint($0) })
    }
}
