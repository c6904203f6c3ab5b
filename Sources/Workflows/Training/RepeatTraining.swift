package import Basics
import NeuralNetworks

/// The same training under several seeds: how much of a result is luck.
///
/// Repeat i trains with the recipe's seed plus i into `OUTPUT/seed-N`; each is a run of its own. A repeat whose
/// directory holds the weights of a finished run of the same configuration on the same data is kept, and one that was
/// interrupted goes on from its checkpoint, so that a series resumes and nothing counts twice.
package enum RepeatTraining {
    package struct Outcome: Sendable {
        package var directories: [String]
        package var runs: [String]
        /// Of the best epochs.
        package var measures: [(name: String, statistics: SampleStatistics)]
    }

    /// Mean and sample standard deviation.
    package struct SampleStatistics: Sendable, Equatable {
        package let values: [Double]
        package let mean: Double
        package let deviation: Double

        package init(_ values: [Double]) {
            self.values = values
            let n = Double(values.count), mean = values.reduce(0, +) / max(n, 1)
            self.mean = mean
            deviation = n > 1 ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot() : 0
        }
    }

    /// File that says which directories belong to a series.
    static func summaryPath(_ output: String) -> String { Paths.join(output, "repeats.json") }

    /// What one repeat brought.
    package struct Repeat: Sendable {
        package var run: String
        package var measures: [(name: String, value: Double)]

        package init(run: String, measures: [(name: String, value: Double)]) {
            (self.run, self.measures) = (run, measures)
        }
    }

    /// - Parameters:
    ///   - kept: asked for every repeat whose run is finished on record, with the weights in its directory: what it
    ///     brought, where it was the very same training; nil trains it anew.
    ///   - resumes: asked for a run of the series that has not finished: whether the same request resumes it.
    ///   - train: trains one request; the caller shows its progress. Nil stops the series.
    package static func run(
        _ request: TrainModel.Request, repeats: Int,
        kept: (TrainModel.Request) throws -> Repeat? = { _ in nil },
        resumes: (TrainModel.Request) throws -> String? = { _ in nil },
        train: (TrainModel.Request, Int) throws -> Repeat?
    ) throws -> Outcome? {
        let (name, first) = try start(request)
        var outcome = Outcome(directories: [], runs: [], measures: [])
        var values: [[Double]] = [], names: [String] = []
        for index in 0..<repeats {
            var one = request
            (one.seed, one.output) = (first + index, Paths.join(request.output, "seed-\(first + index)"))
            one.name = "\(name) seed \(first + index)"
            let known = try kept(one)
            if known == nil { one.resume = try resumes(one) }
            guard let result = try known ?? train(one, index) else { return nil }
            names = result.measures.map(\.name)
            values.append(result.measures.map(\.value))
            outcome.directories.append(one.output)
            outcome.runs.append(result.run)
        }
        outcome.measures = names.indices.map { column in (names[column], SampleStatistics(values.map { $0[column] })) }
        let document = JSONValue.map([
            "schemaVersion": .int(1), "runs": .strings(outcome.runs),
            "directories": .strings(outcome.directories.map { Paths.name($0) }),
            "validation": .map(outcome.measures.map { ($0.name, json($0.statistics)) }),
        ])
        try AtomicFile.write(document.text(.pretty) + "\n", to: summaryPath(request.output))
        return outcome
    }

    /// Name and first seed of a series.
    private static func start(_ request: TrainModel.Request) throws -> (String, Int) {
        if try AgentRecipe.isAgent(request.config) {
            let recipe = try AgentRecipe(request.config, overrides: request.overrides, seed: request.seed)
            return (request.name ?? recipe.name, Int(recipe.training.seed))
        }
        let recipe = try TrainingRecipe(request.config, overrides: request.overrides, seed: request.seed)
        return (request.name ?? recipe.name, Int(recipe.training.seed))
    }

    package static func json(_ statistics: SampleStatistics) -> JSONValue {
        .map([
            "mean": .double(statistics.mean), "sd": .double(statistics.deviation),
            "values": .doubles(statistics.values),
        ])
    }

    /// The model directories that a path stands for: itself, or those of a series. Never empty.
    ///
    /// - Throws: ``Failure`` with code `evaluate.format` for a series that names none.
    package static func directories(_ path: String) throws -> [String] {
        let file = summaryPath(path)
        guard Paths.exists(file) else { return [path] }
        let node = try JSONParser.parse(try FileChunks.bytes(file), file: file)
        let names = (node[key: "directories"]?.listValue ?? []).compactMap(\.stringValue)
        guard !names.isEmpty else {
            throw Failure(
                "evaluate.format", "found no directories of a series in '\(file)'",
                hint: "train again with: hftml train … --repeats N")
        }
        return names.map { Paths.join(path, $0) }
    }
}
