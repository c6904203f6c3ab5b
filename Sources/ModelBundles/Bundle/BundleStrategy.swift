import Basics
package import Trading

/// The strategy that a gate judged and that a bundle trades by: rule, costs and limits, read from one text whose
/// SHA-256 the verdict names. So nobody can trade another rule than the one that passed.
package struct BundleStrategy: Sendable, Equatable {
    /// Canonical JSON, as verdicts hash it.
    package let text: String
    /// How predictions become positions.
    package let rule: PositionRule
    /// Cost of a round trip in basis points that the strategy was judged with.
    package let costBps: Double
    /// For all instruments.
    package let limits: RiskLimits

    /// SHA-256 of ``text``.
    package var digest: String { Digest.sha256(text) }

    /// Reads the text of a strategy. What it says beyond rule, costs and limits concerns back-tests alone.
    ///
    /// - Parameter horizon: bars that the model's label looks ahead, the default of `holdBars`.
    /// - Throws: ``ConfigError`` for what is no strategy, or is not written in canonical layout.
    package init(text: String, horizon: Int) throws {
        let node = try JSONParser.parse(text, file: "strategy")
        guard node.text(.canonical) == text else {
            throw ConfigError("found a strategy that is not written as canonical JSON", at: node.mark)
        }
        let reader = try ConfigReader(node, keys: ["schemaVersion", "rule", "costBps", "limits", "book"])
        try reader.checkSchemaVersion(1)
        self.text = text
        rule = try PositionRule(try reader.required("rule"), path: "rule", horizon: horizon)
        costBps = try reader.double("costBps", in: 0...10_000)
        limits = try RiskLimits(try reader.required("limits"), path: "limits")
    }

    /// A strategy that stands in no file.
    package init(rule: PositionRule, costBps: Double, limits: RiskLimits) {
        (self.rule, self.costBps, self.limits) = (rule, costBps, limits)
        text = JSONValue.map([
            "schemaVersion": .int(1), "rule": rule.json, "costBps": .double(costBps), "limits": limits.json,
        ]).text(.canonical)
    }
}
