package import Registry

/// A version in; its record with what its run measured and what was decided about it, out.
package enum ShowVersion {
    package struct Outcome: Sendable {
        package let version: VersionRecord
        /// Latest measures of its run.
        package let metrics: [String: Double]
        /// The newest verdict of a gate on exactly these weights.
        package let decision: GateDecisionRecord?
        /// Oldest first.
        package let statements: [StatementRecord]
        package let tags: [(key: String, value: String)]
    }

    /// - Throws: ``Failure`` with code `registry.no-version` or `registry.no-model`.
    package static func run(_ reference: String, session: Session) throws -> Outcome {
        let registry = try session.registry(), version = try registry.version(reference)
        return Outcome(
            version: version, metrics: try registry.latestMetrics(run: version.run),
            decision: try registry.latestDecision(for: version), statements: try registry.statements(of: version),
            tags: try registry.tags(of: .version(model: version.model, number: version.version)))
    }
}
