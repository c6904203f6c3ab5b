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
        /// The measure that the verdict rests on; the loss when nil.
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
        /// With the p-values of the chosen measure after Holm: several comparisons are several chances to find a
        /// difference.
        case models([CompareModels.Outcome], adjusted: [Double?])

        package var isDifferent: Bool {
            switch self {
            case .policies(let outcome): outcome.isDifferent
            case .models(let outcomes, let adjusted):
                zip(outcomes, adjusted).contains { $0.isDifferent && ($1 ?? 1) <= CompareModels.level }
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
        let chosen = outcomes.map { o -> Double? in
            // Equal predictions are no chance to find a difference.
            o.measures.first { $0.name == o.detail.metric && $0.difference.lower < $0.difference.upper }?.test.pValue
        }
        let known = chosen.indices.filter { chosen[$0] != nil }
        let values = MultipleTesting.adjusted(known.compactMap { chosen[$0] }, .holm)
        var out = [Double?](repeating: nil, count: outcomes.count)
        for (position, index) in known.enumerated() { out[index] = values[position] }
        return out
    }
}
