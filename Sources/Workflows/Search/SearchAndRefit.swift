import Basics

/// A search to its end, and the best point trained once more where that is wished.
package enum SearchAndRefit {
    package struct Outcome: Sendable {
        package let search: SearchHyperparameters.Outcome
        /// The model of the best point.
        package let model: (run: String, weights: String)?
    }

    /// - Parameters:
    ///   - directory: where the model of the best point goes; nil for none.
    ///   - shouldStop: asked between trials; true ends the search, which the same call resumes.
    ///   - searched: told of the search before anything is trained again, and when it was stopped.
    /// - Throws: `CancellationError` when `shouldStop` said so.
    package static func run(
        _ request: SearchHyperparameters.Request, refit directory: String? = nil, session: Session,
        shouldStop: @escaping () -> Bool = { false }, report: (SearchHyperparameters.Event) -> Void = { _ in },
        searched: (SearchHyperparameters.Outcome) throws -> Void = { _ in }
    ) throws -> Outcome {
        let outcome = try SearchHyperparameters.run(request, session: session, shouldStop: shouldStop, report: report)
        try searched(outcome)
        guard outcome.isFinished else { throw CancellationError() }
        let model = try directory.map {
            try SearchHyperparameters.refit(
                outcome, output: $0, threads: request.threads ?? Session.defaultThreads, session: session)
        }
        return Outcome(search: outcome, model: model)
    }
}
