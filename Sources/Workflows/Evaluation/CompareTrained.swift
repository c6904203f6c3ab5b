import Backtesting
import Basics

/// Two or more of what training wrote in; the first compared with each of the others out, models by their predictions
/// and policies by their returns.
package enum CompareTrained {
    package struct Request: Sendable {
        package var a: String
        package var b: String
        /// More to compare the first with.
        package var others: [String] = []
        /// The measure of breakdowns and seeds; the loss when nil.
        package var metric: String?
        package var strategy: String?
        /// Recorded order books, for policies that learned in them.
        package var data: String?
        /// Whether a report of models was asked for, which policies have none of.
        package var wantsReport = false

        package init(_ a: String, _ b: String) {
            self.a = a
            self.b = b
        }
    }

    package enum Outcome: Sendable {
        case policies(ComparePolicies.Outcome)
        /// With Diebold–Mariano p-values after Holm: several comparisons are several chances to find a difference.
        case models([CompareModels.Outcome], adjusted: [Double?])

        package var isDifferent: Bool {
            switch self {
            case .policies(let outcome): outcome.isDifferent
            case .models(let outcomes, _): outcomes.contains(where: \.isDifferent)
            }
        }
    }

    /// - Throws: ``Failure`` with code `compare.policies` for options that policies do not take.
    package static func run(_ request: Request, session: Session) throws -> Outcome {
        if let policies = try ComparePolicies.run(
            request.a, request.b, data: request.data, threads: Session.defaultThreads, session: session)
        {
            guard request.others.isEmpty, request.metric == nil, request.strategy == nil, !request.wantsReport else {
                throw Failure(
                    "compare.policies", "found options for models that predict, expected two policies alone",
                    hint: "policies take --data and --exit-code", exitStatus: .usage)
            }
            return .policies(policies)
        }
        let outcomes = try ([request.b] + request.others).map {
            try CompareModels.run(
                request.a, $0, metric: request.metric, strategy: request.strategy, session: session)
        }
        return .models(outcomes, adjusted: adjusted(outcomes))
    }

    private static func adjusted(_ outcomes: [CompareModels.Outcome]) -> [Double?] {
        let known = outcomes.indices.filter { outcomes[$0].dieboldMariano != nil }
        let values = MultipleTesting.adjusted(known.compactMap { outcomes[$0].dieboldMariano?.pValue }, .holm)
        var out = [Double?](repeating: nil, count: outcomes.count)
        for (position, index) in known.enumerated() { out[index] = values[position] }
        return out
    }
}
