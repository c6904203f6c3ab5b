import Basics
import Registry
package import ReinforcementLearning
import Tensors

/// Two learned policies of one task in; what differs between their recipes, and between their returns on common
/// chances, out.
package enum ComparePolicies {
    package struct Outcome: Sendable {
        package var references: (a: String, b: String)
        package var parameters: [(key: String, a: String?, b: String?)]
        package var a: ReturnStatistics
        package var b: ReturnStatistics
        /// A less B, episode by episode.
        package var difference: ReturnStatistics
        package var measureNames: [String]

        /// 95 % by the normal distribution.
        package var isDifferent: Bool { difference.interval.lower > 0 || difference.interval.upper < 0 }
        package var verdict: String {
            let (better, other) = difference.mean >= 0 ? (references.a, references.b) : (references.b, references.a)
            return isDifferent
                ? "\(better) earns more than \(other) on the same \(difference.returns.count) episodes, at 95 %."
                : "On the same \(difference.returns.count) episodes \(references.a) and \(references.b) cannot be told "
                    + "apart at 95 %."
        }
    }

    /// Nil unless both name policies of a task; a model that trades bars is compared by its predictions.
    ///
    /// - Parameters:
    ///   - a: a directory that training wrote, a run or a version.
    ///   - data: recorded order books, where the task has them.
    package static func run(_ a: String, _ b: String, data: String?, threads: Int, session: Session) throws -> Outcome?
    {
        guard let pathA = try EvaluatePolicy.path(a, session: session),
            let pathB = try EvaluatePolicy.path(b, session: session)
        else { return nil }
        let (recipeA, policyA) = try PolicyFile.read(pathA, books: data),
            (recipeB, policyB) = try PolicyFile.read(pathB, books: data)
        let task = try PreparedAgent.evaluationFactory(recipeA, recordings: EvaluatePolicy.recordings(data))
        guard recipeA.environment == recipeB.environment else {
            throw Failure(
                "compare.other-task", "found other tasks behind \(a) and \(b)",
                hint: "compare policies that learned in the same environment")
        }
        func measure(_ policy: Policy) throws -> ReturnStatistics {
            try PolicyEvaluation.run(
                policy, episodes: recipeA.evaluation.episodes, seed: UInt64(recipeA.evaluation.seed),
                discount: recipeA.evaluation.discount, threads: threads,
                environment: { try task.make() })
        }
        let own = try measure(policyA), theirs = try measure(policyB)
        func leaves(_ recipe: AgentRecipe) -> [String: String] {
            Dictionary(recipe.node.leaves().map { ($0.path, $0.value.stringValue ?? $0.value.text(.compact)) }) { $1 }
        }
        let x = leaves(recipeA), y = leaves(recipeB)
        return Outcome(
            references: (a, b),
            parameters: Set(x.keys).union(y.keys).sorted().filter { x[$0] != y[$0] }.map { ($0, x[$0], y[$0]) }, a: own,
            b: theirs,
            difference: ReturnStatistics(returns: zip(own.returns, theirs.returns).map { $0 - $1 }),
            measureNames: try task.make().measureNames)
    }
}
