package import Basics

/// One condition of a policy: a pure function of the evidence.
///
/// A rule states its reason also when it holds, and evidence that is missing is a failure. A new rule is one file in
/// `Rules` and one line in ``GatePolicy/kinds``.
package protocol GateRule: Sendable {
    /// As policies write it.
    static var name: String { get }
    /// One sentence for the reference documentation: what holds when the rule holds.
    static var summary: String { get }
    /// The options that a policy may give beside `rule`.
    static var keys: [String] { get }

    /// What tells this rule from another of its kind in one policy, such as the metric it is about; nil where nothing
    /// does. See ``RuleInstance/id``.
    var distinction: String? { get }

    /// - Throws: ``ConfigError`` with the place of an option that is missing, of another type or out of range.
    init(_ reader: ConfigReader) throws

    /// What the evidence says about this rule; the same evidence gives the same verdict.
    func evaluate(_ evidence: GateEvidence) -> GateVerdict
}

extension GateRule {
    package var distinction: String? { nil }
}

/// What one rule says of one body of evidence.
package struct GateVerdict: Sendable, Equatable {
    /// What came of it; raw values are words of the report.
    package enum Outcome: String, Sendable {
        case pass, fail
        /// There is nothing to evaluate, which counts as a failure.
        case noEvidence = "no-evidence"
    }

    /// Pass, fail, or nothing to evaluate.
    package let outcome: Outcome
    /// One sentence: measured against required.
    package let reason: String
    /// The measured numbers, for machines; null where the rule measures none.
    package let values: JSONValue

    /// Whether the rule holds; missing evidence does not.
    package var holds: Bool { outcome == .pass }

    private init(_ outcome: Outcome, _ reason: String, values: JSONValue) {
        (self.outcome, self.reason, self.values) = (outcome, reason, values)
    }

    /// A verdict on evidence that was there.
    package init(_ holds: Bool, _ reason: String, values: JSONValue = .null) {
        self.init(holds ? .pass : .fail, reason, values: values)
    }

    /// - Parameter reason: what is missing, and the command that makes it.
    package static func noEvidence(_ reason: String) -> GateVerdict {
        GateVerdict(.noEvidence, "no evidence: \(reason)", values: .null)
    }
}
