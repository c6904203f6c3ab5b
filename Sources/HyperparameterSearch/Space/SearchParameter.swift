package import Basics

/// One dimension of a search space: what values it may take, and when it exists at all.
package struct SearchParameter: Sendable {
    /// The parameter exists only where another one has one of these values.
    package struct Condition: Sendable, Equatable {
        /// Name of the parameter that decides.
        package let parent: String
        /// As configurations write them; at least one.
        package let values: [JSONValue]
    }

    /// Dotted path of the option that it sets.
    package let name: String
    /// The values that it may take.
    package let distribution: any Distribution
    /// When it exists; nil for always.
    package let condition: Condition?

    /// A parameter of a code's own space; configurations are read by the other initializer.
    package init(_ name: String, _ distribution: some Distribution, when condition: Condition? = nil) {
        self.name = name
        self.distribution = distribution
        self.condition = condition
    }

    /// Reads `{float: [1e-4, 0.1], scale: log}`, `{int: [8, 64], step: 8}`, `{choice: [relu, tanh]}`, each with an
    /// optional `when: {other: [values]}`. Anything that is not a map is a constant.
    ///
    /// - Throws: ``ConfigError`` for an unknown key, none or several kinds, or bounds that are none.
    package init(_ name: String, _ node: JSONValue) throws {
        self.name = name
        guard node.mapValue != nil else {
            distribution = ChoiceList(constant: node)
            condition = nil
            return
        }
        let reader = try ConfigReader(node, path: name, keys: Distributions.keys)
        distribution = try Distributions.make(reader, of: name)
        condition = try reader.value("when").map { node in
            guard let entry = node.mapValue?.first, node.mapValue?.count == 1 else {
                throw ConfigError(
                    "found no single 'parameter: values' in the 'when' of '\(name)'", at: node.mark,
                    hint: "write when: {model.kind: [lstm]}")
            }
            return Condition(parent: entry.key, values: entry.value.listValue ?? [entry.value])
        }
    }

    /// Number of different values; nil for a continuum.
    package var count: Int? { distribution.count }
    /// Whether its values have no order.
    package var isChoice: Bool { distribution.choiceCount > 0 }
    /// Whether it has one value only.
    package var isConstant: Bool { count == 1 }

    /// The value at a place of [0, 1]; see ``Distribution/value(unit:)``.
    package func value(unit: Double) -> Double { distribution.value(unit: unit) }

    /// The place of a value in [0, 1]; see ``Distribution/unit(value:)``.
    package func unit(value: Double) -> Double { distribution.unit(value: value) }

    /// The value as it is written into a configuration.
    package func json(_ value: Double) -> JSONValue { distribution.json(value) }

    /// The value that a configuration holds; nil where it is not one of this parameter's.
    package func value(_ node: JSONValue) -> Double? { distribution.value(node) }

    /// Canonical description, from which the identity of a space is made.
    var json: JSONValue {
        let when = condition.map { [("when", JSONValue.map([($0.parent, .list($0.values))]))] } ?? []
        return .map(distribution.description + when)
    }
}

extension SearchParameter: Equatable {
    /// Parameters are equal where they are written alike.
    package static func == (left: SearchParameter, right: SearchParameter) -> Bool {
        left.name == right.name && left.json == right.json
    }
}
