package import Basics
import Features
import MarketData
import Registry
package import ReinforcementLearning
import Tensors

/// A learned policy in; its return with an interval, beside those of the policies its task knows, out.
package enum EvaluatePolicy {
    /// One row of the comparison.
    package struct Row: Sendable {
        package var name: String
        /// Nil for the learned policy.
        package var kind: ReferencePolicy.Kind?
        package var statistics: ReturnStatistics
        /// Mean difference of the learned policy's return from this one's, episode by episode, and its 95 % interval.
        package var advantage: (mean: Double, lower: Double, upper: Double)?
    }

    package struct Outcome: Sendable {
        package var rows: [Row]
        package var measureNames: [String]
        package var curves: [PolicyCurve]

        /// The learned policy's share of what the best known one has over the naive one; nil without both.
        package var shareOfGap: Double? {
            guard let naive = rows.first(where: { $0.kind == .naive })?.statistics.mean,
                let best = rows.first(where: { $0.kind == .closedForm })?.statistics.mean, best > naive
            else { return nil }
            return (rows[0].statistics.mean - naive) / (best - naive)
        }

        package var json: JSONValue {
            .map([
                "schemaVersion": .int(1), "shareOfGap": .double(shareOfGap),
                "policies": .list(
                    rows.map { row in
                        let interval = row.statistics.interval
                        return .map([
                            ("name", .string(row.name)), ("kind", .string(row.kind?.rawValue ?? "learned")),
                            ("episodes", .int(row.statistics.returns.count)),
                            ("return", .double(row.statistics.mean)),
                            ("standardError", .double(row.statistics.standardError)),
                            ("lower", .double(interval.lower)),
                            ("upper", .double(interval.upper)), ("deviation", .double(row.statistics.deviation)),
                            ("measures", .map(zip(measureNames, row.statistics.measures).map { ($0, .double($1)) })),
                            (
                                "learnedAdvantage",
                                row.advantage.map {
                                    .map([
                                        "mean": .double($0.mean), "lower": .double($0.lower),
                                        "upper": .double($0.upper),
                                    ])
                                } ?? .null
                            ),
                        ])
                    }),
            ])
        }
    }

    static func run(_ policy: Policy, environment: EnvironmentFactory, evaluation: AgentRecipe.Evaluation, threads: Int)
        throws -> Outcome
    {
        let probe = try environment.make()
        func measure(_ policy: Policy) throws -> ReturnStatistics {
            try PolicyEvaluation.run(
                policy, episodes: evaluation.episodes, seed: UInt64(evaluation.seed), discount: evaluation.discount,
                threads: threads, environment: { try environment.make() })
        }
        let own = try measure(policy)
        var rows = [Row(name: "learned", kind: nil, statistics: own, advantage: nil)]
        for (index, reference) in probe.references.enumerated() {
            let statistics = try measure(Policy(.reference(index)))
            let differences = ReturnStatistics(returns: zip(own.returns, statistics.returns).map { $0 - $1 })
            rows.append(
                Row(
                    name: reference.name, kind: reference.kind, statistics: statistics,
                    advantage: (differences.mean, differences.interval.lower, differences.interval.upper)))
        }
        let curves = (probe as? any PlottableEnvironment)?.curves(PolicyProbe(policy, actions: probe.actions)) ?? []
        return Outcome(rows: rows, measureNames: probe.measureNames, curves: curves)
    }

    /// Measures a policy of a task; the file says which.
    ///
    /// - Parameters:
    ///   - path: of the policy file.
    ///   - data: recorded order books, where the task has them.
    ///   - episodes: in place of the recipe's.
    package static func run(_ path: String, data: String? = nil, episodes: Int? = nil, threads: Int) throws -> Outcome {
        let (recipe, policy) = try PolicyFile.read(path, books: data)
        var evaluation = recipe.evaluation
        if let episodes { evaluation.episodes = episodes }
        return try run(
            policy, environment: try PreparedAgent.evaluationFactory(recipe, recordings: recordings(data)),
            evaluation: evaluation, threads: threads)
    }

    static func recordings(_ data: String?) throws -> EnvironmentFactory.Recordings {
        try RecordedBooks.read(data)
    }

    /// The policy file that a directory, run or version stands for; nil where it is a model that predicts.
    package static func path(_ reference: String, session: Session) throws -> String? {
        let typed = session.path(reference), file = Paths.join(typed, PolicyFile.name)
        if Paths.exists(file) { return Paths.exists(Paths.join(typed, "model.safetensors")) ? nil : file }
        guard !Paths.exists(typed), !reference.hasSuffix(".json") else { return nil }
        let registry = try session.registry()
        // What is neither is somebody else's to complain about.
        let weights =
            try NamedRun.version(reference, session: session)?.weights
            ?? NamedRun.run(reference, registry: registry).flatMap {
                try registry.artefacts(run: $0.id).first { $0.name == .model }?.digest
            }
        guard let weights else { return nil }
        let path = try session.artefacts.verified(weights)
        return try SafetensorsFile.read(path).metadata["format"] == PolicyFile.format ? path : nil
    }
}
