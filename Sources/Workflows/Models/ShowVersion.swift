package import Basics
import Features
import Promotion
package import Registry

/// A version in; its record with what its run measured and what was decided about it, out.
package enum ShowVersion {
    package struct Outcome: Sendable {
        package let version: VersionRecord
        /// Latest measures of its run.
        package let metrics: [String: Double]
        /// The newest verdict on exactly these weights that an environment's gate signed, else the newest rehearsal.
        package let decision: GateDecisionRecord?
        /// Who signed the verdict, or that nobody did; nil without one.
        package let signature: GateSignature?
        /// Oldest first.
        package let statements: [StatementRecord]
        package let tags: [(key: String, value: String)]
        /// Where these weights were rolled back last, a sentence each: what was signed for them before counts there no
        /// more.
        package let takenBack: [String]
        /// The test of its run: the samples and the strategy that the measures are of.
        package let test: EvaluationRecord?
        /// What its model and all ancestors learned from; null where nobody knows.
        package let span: JSONValue
        /// The same for people.
        package let spanLines: [String]
    }

    /// - Throws: ``Failure`` with code `registry.no-version` or `registry.no-model`.
    package static func run(_ reference: String, session: Session) throws -> Outcome {
        let registry = try session.registry(), version = try registry.version(reference)
        let verdict = try SignedVerdicts(session).newest(try registry.decisions(for: version))
        let span = version.run.isEmpty ? nil : try TraceSpan.of(run: version.run, session: session)
        return Outcome(
            version: version, metrics: try registry.latestMetrics(run: version.run),
            decision: verdict?.decision, signature: verdict?.signature,
            statements: try registry.statements(of: version),
            tags: try registry.tags(of: .version(model: version.model, number: version.version)),
            takenBack: takenBack(version, session: session), test: try registry.test(of: version.run),
            span: span?.json ?? .null, spanLines: span?.lines ?? [])
    }

    private static func takenBack(_ version: VersionRecord, session: Session) -> [String] {
        do {
            return try SigningPlaces(session).everybody.compactMap { place in
                place.takenBack(version.weights, strategy: nil).map { back in
                    (place.environment.map { "in '\($0)': " } ?? "") + back.text
                }
            }
        } catch { return ["cannot tell whether it was: \((error as? any UserFacingError)?.message ?? "\(error)")"] }
    }
}
