import Basics
import ConfigurationFiles
package import Trading

/// How predictions become positions, what trading costs, and the limits it runs under: one small YAML file that
/// evaluation, gate and promotion share, so that what is tested is what goes live.
package struct StrategyFile: Sendable {
    package var rule: PositionRule
    /// Cost of a round trip in basis points.
    package var costBps: Double
    package var limits: RiskLimits
    /// How orders trade in a recorded book; nil where the file does not say.
    package var book: BookTrading?
    package var digest: String

    package init(_ path: String, horizon: Int) throws {
        let node = try YAMLFile.read(path)
        let reader = try ConfigReader(node, keys: ["schemaVersion", "rule", "costBps", "limits", "book"])
        try reader.checkSchemaVersion(1)
        rule = try PositionRule(try reader.required("rule"), path: "rule", horizon: horizon)
        costBps = try reader.double("costBps", in: 0...10_000)
        limits = try RiskLimits(try reader.required("limits"), path: "limits")
        book = try reader.value("book").map { try BookTrading($0) }
        digest = StrategyFile.digest(node)
    }

    /// The identity of a strategy file whose meaning is not asked for yet.
    static func digest(_ path: String) throws -> String { digest(try YAMLFile.read(path)) }
    private static func digest(_ node: JSONValue) -> String { Digest.sha256(node.text(.canonical)) }
}
