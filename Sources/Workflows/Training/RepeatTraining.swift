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
        guard repeats >= 0, !first.addingReportingOverflow(repeats).overflow else {
            throw Failure(
                "train.seed", "found the seed \(first), which leaves no room for \(repeats) seeds from there on",
                hint: "begin lower: --seed 1", exitStatus: .usage)
        }
        var outcome = Outcome(directories: [], runs: [], measures: [])
        var brought: [[(name: String, value: Double)]] = []
        for index in 0..<repeats {
            let seed = first + index
            var one = request
            (one.seed, one.output) = (seed, Paths.join(request.output, "seed-\(seed)"))
            one.name = "\(name) seed \(seed)"
            let known = try kept(one)
            if known == nil { one.resume = try resumes(one) }
            guard let result = try known ?? train(one, index) else { return nil }
            brought.append(result.measures)
            outcome.directories.append(one.output)
            outcome.runs.append(result.run)
        }
        // By name: a repeat may lack a measure that is not defined for it.
        var names: [String] = []
        for measure in brought.joined() where !names.contains(measure.name) { names.append(measure.name) }
        outcome.measures = names.map { name in
            (name, SampleStatistics(brought.compactMap { $0.first { $0.name == name }?.value }))
        }
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

    /// Refuses a directory of several models where one is expected.
    ///
    /// - Throws: ``Failure`` with code `models.series`.
    static func requireOne(_ path: String) throws {
        let all = try directories(path)
        guard all != [path] else { return }
        throw Failure(
            "models.series",
            "found a series of \(all.count) \(all.count == 1 ? "model" : "models") in '\(path)', expected one model",
            hint: "name one of them: \(all.prefix(3).map(Paths.name).joined(separator: ", "))"
                + "\(all.count > 3 ? " …" : "") in that directory", exitStatus: .usage)
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
