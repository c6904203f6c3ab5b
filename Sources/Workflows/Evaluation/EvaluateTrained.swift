import Basics

/// What training wrote in; its measures beside naive ones out: of a model, of a series of seeds, or of a policy.
package enum EvaluateTrained {
    package struct Request: Sendable {
        /// A directory that training wrote; for a policy also a run or a version.
        package var model: String
        package var features: String?
        package var strategy: String?
        /// A time from which all samples are measured, in place of the model's own test span.
        package var from: String?
        /// Recorded order books, for a policy that learned in them.
        package var data: String?
        package var episodes: Int?
        package var threads = Session.defaultThreads
        /// Directory for predictions, metrics and equity.
        package var output: String?

        package init(model: String) { self.model = model }
    }

    package enum Outcome: Sendable {
        case policy(EvaluatePolicy.Outcome)
        case model(EvaluateModel.Outcome)
        case series(
            count: Int, measures: [(name: String, statistics: RepeatTraining.SampleStatistics)],
            baseline: [String: Double])
    }

    /// - Throws: ``Failure`` with code `evaluate.options` where a model that predicts comes without features, strategy
    ///   or output.
    package static func run(_ request: Request, session: Session) throws -> Outcome {
        if let path = try EvaluatePolicy.path(request.model, session: session) {
            guard request.from == nil else {
                throw Failure(
                    "evaluate.options",
                    "found --from with the policy '\(request.model)', which is measured by episodes",
                    hint: "leave --from out: hftml evaluate \(request.model)", exitStatus: .usage)
            }
            let outcome = try EvaluatePolicy.run(
                path, data: request.data, episodes: request.episodes, threads: request.threads)
            if let output = request.output {
                try Paths.makeDirectory(output)
                try AtomicFile.write(outcome.json.text(.pretty) + "\n", to: Paths.join(output, "evaluation.json"))
            }
            return .policy(outcome)
        }
        guard let features = request.features, let strategy = request.strategy, let output = request.output else {
            throw Failure(
                "evaluate.options", "found a predicting model, expected --on, --strategy and -o with it",
                hint:
                    "hftml evaluate \(request.model) --on features.safetensors --strategy strategy.yaml -o evaluation",
                exitStatus: .usage)
        }
        let model = session.path(request.model), directories = try RepeatTraining.directories(model)
        guard directories != [model] else {
            return .model(
                try EvaluateModel.run(
                    model: request.model, features: features, strategy: strategy, output: output, from: request.from,
                    threads: request.threads, session: session))
        }
        let (measures, baseline) = try EvaluateModel.runRepeats(
            models: directories, features: features, strategy: strategy, output: output, from: request.from,
            threads: request.threads, session: session)
        return .series(count: directories.count, measures: measures, baseline: baseline)
    }
}
