import Basics
import Promotion

/// Nothing, or the name of a rule, in; what the rules of a policy ask and which options they take, out.
package enum ListRules {
    package struct Outcome: Sendable, Equatable {
        package let rules: [Rule]
        /// What the file of a policy may say beside its rules.
        package let keys: [String]
    }

    /// A kind of rule that a policy may name.
    package struct Rule: Sendable, Equatable {
        /// As policies write it.
        package let name: String
        /// What holds when the rule holds, one sentence.
        package let summary: String
        /// What a policy may say beside its name.
        package let options: [String]
        /// Whether its name alone is enough; without, it needs some of its options.
        package let standsAlone: Bool
    }

    /// - Parameter name: of the only rule to list; nil for all, in the order in which a version is judged.
    /// - Throws: ``ConfigError`` with the nearest name for a rule that is none.
    package static func run(_ name: String? = nil) throws -> Outcome {
        if let name { _ = try GatePolicy.kinds.find(name) }
        let kinds = GatePolicy.kinds.entries.filter { name == nil || $0.name == name }
        return Outcome(
            rules: kinds.map {
                Rule(
                    name: $0.name, summary: $0.summary, options: $0.value.keys,
                    standsAlone: GatePolicy.standsAlone($0.value))
            },
            keys: GatePolicy.keys)
    }
}
