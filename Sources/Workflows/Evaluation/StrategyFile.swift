import Basics
import ConfigurationFiles
import Registry
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
    /// What the digest of the file is of, in canonical layout; bundles carry it.
    private(set) var text: String

    private static let keys = ["schemaVersion", "rule", "costBps", "limits", "book"]

    /// - Parameter horizon: bars that the label looks ahead, which is how long a position must be held.
    /// - Throws: ``ConfigError``, with code `strategy.hold` for positions that are held for another time than the
    ///   label's: nobody would have earned the returns of the table.
    package init(_ path: String, horizon: Int) throws {
        let node = try YAMLFile.read(path)
        let reader = try ConfigReader(node, keys: StrategyFile.keys)
        try reader.checkSchemaVersion(1)
        let ruleNode = try reader.required("rule")
        rule = try PositionRule(ruleNode, path: "rule", horizon: horizon)
        try StrategyFile.requireHold(
            rule.holdBars, horizon: horizon, name: "rule.holdBars", at: ruleNode[key: "holdBars"]?.mark ?? ruleNode.mark
        )
        costBps = try reader.double("costBps", in: 0...10_000)
        limits = try RiskLimits(try reader.required("limits"), path: "limits")
        book = try reader.value("book").map { try BookTrading($0) }
        text = node.text(.canonical)
        digest = StrategyFile.digest(node)
    }

    /// What the file says with all defaults, however it is written: `1` is `1.0`, and a default that is spelled out is
    /// none the less a default.
    private var meaning: String {
        let said: [String] = ["\(rule)", "\(costBps)", "\(limits)", book.map { "\($0)" } ?? "no book"]
        return Digest.sha256(said.joined(separator: "\n"))
    }

    /// With the identity that the registry knows this strategy by.
    func identified(by registry: RegistryDatabase) throws -> StrategyFile {
        var plan = self
        plan.digest = try registry.strategyDigest(meaning: meaning, file: digest)
        return plan
    }

    /// Keeps what the strategy says, so that an evaluation's digest of it can be read later.
    func keep(_ session: Session) throws { _ = try session.artefacts.add(Array(text.utf8)) }

    /// The limits alone, which are the same for any horizon.
    static func limits(_ path: String) throws -> RiskLimits {
        let reader = try ConfigReader(try YAMLFile.read(path), keys: keys)
        return try RiskLimits(try reader.required("limits"), path: "limits")
    }

    /// The costs alone.
    static func costs(_ path: String) throws -> Double {
        try ConfigReader(try YAMLFile.read(path), keys: keys).double("costBps", in: 0...10_000)
    }

    /// Refuses positions that are held for another time than the label looks ahead. A position earns the label's
    /// return, so anything else would back-test a trade that nobody makes: in evaluation, search, gate, promotion and
    /// in the environments of agents.
    ///
    /// - Parameters:
    ///   - name: of the key, as the file writes it.
    ///   - mark: where the file says how long positions are held.
    /// - Throws: ``ConfigError`` with code `strategy.hold`.
    static func requireHold(_ holdBars: Int, horizon: Int, name: String, at mark: SourceMark?) throws {
        guard holdBars != horizon else { return }
        throw ConfigError(
            "found \(name) \(holdBars), expected \(horizon): the features are labelled with the return of \(horizon) "
                + "bars or events, and a position that is held for another time does not earn it",
            at: mark, code: "strategy.hold",
            hint: "set holdBars: \(horizon), or build features with label: {horizon: \(holdBars)} and train on them")
    }

    /// The identity of a strategy file whose meaning is not asked for yet.
    static func digest(_ path: String) throws -> String { digest(try YAMLFile.read(path)) }
    private static func digest(_ node: JSONValue) -> String { Digest.sha256(node.text(.canonical)) }
}
