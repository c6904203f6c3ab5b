import Basics

/// The rules that a version must pass, as data. A policy's digest is part of every verdict.
package struct GatePolicy: Sendable {
    package let name: String
    package let digest: String
    package let rules: [any GateRule]
    private let options: [String]

    private static let kinds: [any GateRule.Type] = [
        MinimumMetric.self, BeatsBaseline.self, DeflatedSharpe.self, MinimumTrackRecord.self, AfterCosts.self, NotWorseThanIncumbent.self,
        QualityPassed.self, LineageComplete.self,
    ]

    /// - Throws: ``ConfigError`` with the nearest valid name. An empty policy is an error: it would let everything pass.
    package init(_ node: JSONValue, name: String) throws {
        let reader = try ConfigReader(node, keys: ["schemaVersion", "rules"])
        try reader.checkSchemaVersion(1)
        let items = try reader.list("rules")
        guard !items.isEmpty else { throw ConfigError("found no rules in the policy; it would let everything pass", at: node.mark) }
        rules = try items.map { item in
            let kindName = item.stringValue ?? item[key: "rule"]?.stringValue
            guard let kindName else { throw ConfigError("found an entry without 'rule'", at: item.mark) }
            guard let kind = GatePolicy.kinds.first(where: { $0.name == kindName }) else {
                let names = GatePolicy.kinds.map { $0.name }
                throw ConfigError(
                    "found the unknown rule '\(kindName)', expected one of \(names.joined(separator: ", "))", at: item.mark,
                    hint: NearestName.of(kindName, in: names).map { "did you mean '\($0)'?" })
            }
            let map = item.stringValue == nil ? item : JSONValue(.map([JSONValue.Entry(key: "rule", value: item)]), mark: item.mark)
            return try kind.init(try ConfigReader(map, path: kindName, keys: ["rule"] + kind.keys))
        }
        options = items.map { $0.text(.canonical) }
        self.name = name
        digest = Digest.sha256(node.text(.canonical))
    }

    /// Applies every rule; none is skipped because another failed.
    package func evaluate(_ evidence: GateEvidence) -> CheckReport {
        let items = zip(rules, options).map { rule, option in
            let verdict = rule.evaluate(evidence)
            return CheckReport.Item(
                name: type(of: rule).name, status: verdict.holds ? .passed : .failed, reason: verdict.reason,
                values: .map(["options": .string(option), "measured": verdict.values]))
        }
        return CheckReport(title: "gate \(name)", subject: evidence.subject, items: items)
    }
}
