/// Features of a spec that an expression may mention, and those that it may not yet.
package struct FeatureNames: Sendable {
    /// Defined before, with their expressions.
    package var earlier: [String: String] = [:]
    /// Defined later, the expression's own among them.
    package var later: Set<String> = []

    /// No feature.
    package init() {}

    /// All names of a spec, none of them defined yet.
    package init(later names: some Sequence<String>) { later = Set(names) }

    /// The next expressions may mention this feature.
    package mutating func define(_ name: String, _ expression: String) {
        earlier[name] = expression
        later.remove(name)
    }

    /// Whether an operator's name means something else here. A feature that only repeats a field
    /// (`time_of_day: time_of_day`) does not.
    func isAmbiguous(_ name: String) -> Bool { earlier[name].map { $0 != name } ?? false }
}
