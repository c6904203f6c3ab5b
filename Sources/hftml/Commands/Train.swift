import ArgumentParser
import Basics
import Documents
import NeuralNetworks
import Workflows

struct TrainCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train one model, or an agent where the configuration has one; prints the run id last.",
        discussion: """
            EXAMPLES
              hftml train Pipelines/demo/bars-cnn.yaml --features features.safetensors -o model
              hftml train Pipelines/reinforcement/market-making.yaml -o policy --repeats 5
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The training configuration.", completion: .file()) var config: String
    @Option(help: "The feature table; agents that learn a simulated task need none.", completion: .file()) var features:
        String?
    @Option(help: "Recorded order books that an agent learns in.", completion: .directory) var data: String?
    @Option(name: .shortAndLong, help: "Directory for model, history and run id.", completion: .directory) var output:
        String
    @Option(
        name: .customLong("set"), help: ArgumentHelp("Replace an option of the configuration.", valueName: "key=value"))
    var assignments: [String] = []
    @Option(help: "Name of the run.") var name: String?
    @Option(help: "Experiment that counts this run as a trial.") var experiment: String?
    @Option(name: .customLong("tag"), help: ArgumentHelp("A tag of the run.", valueName: "key=value")) var tags:
        [String] = []
    @Option(help: "The run that this one is a part of.") var parent: String?
    @Option(help: "Seed, in place of training.seed.") var seed: Int?
    @Option(help: "Threads; they do not change the result.") var threads = Session.defaultThreads
    @Option(help: ArgumentHelp("Go on with an interrupted or killed run.", valueName: "run")) var resume: String?
    @Option(
        help: ArgumentHelp(
            "Also save a checkpoint every so many steps inside an epoch (for agents: updates).", valueName: "steps"))
    var checkpointEvery: Int?
    @Option(help: ArgumentHelp("Start from these weights (safetensors).", valueName: "file"), completion: .file())
    var initial: String?
    @Option(help: ArgumentHelp("Train so many times with successive seeds, and say mean ± sd.", valueName: "n"))
    var repeats: Int?

    mutating func validate() throws {
        if threads < 1 || threads > 1024 { throw ValidationError("--threads takes 1 to 1024") }
        if let checkpointEvery, checkpointEvery < 1 { throw ValidationError("--checkpoint-every takes 1 or more") }
        if let seed, seed < 0 { throw ValidationError("--seed takes 0 or more") }
        if let repeats, repeats < 1 || repeats > 1000 { throw ValidationError("--repeats takes 1 to 1000") }
        if repeats != nil, resume != nil {
            throw ValidationError("--repeats and --resume do not go together: resume the one run, then repeat")
        }
    }

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        var request = TrainModel.Request(config: config, features: features, output: output)
        request.overrides = try Self.assignments(assignments)
        (request.name, request.experiment, request.seed, request.threads) = (name, experiment, seed, threads)
        request.data = data
        request.parent = parent
        request.tags = try tags.map(KeyValue.parse)
        (request.resume, request.checkpointEverySteps, request.initialWeights) = (resume, checkpointEvery, initial)
        Interruption.watch()
        let started = Clock.monotonic()
        if try AgentRecipe.isAgent(config) {
            return try AgentTraining(common: common, session: session).perform(request, repeats: repeats)
        }
        if let repeats { return try performRepeats(request, repeats, session: session) }
        let outcome = try train(request, session: session)
        if common.json {
            let best = outcome.history.first { $0.epoch == outcome.bestEpoch }
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "run": .string(outcome.run), "weights": .string(outcome.weights),
                    "parameters": .int(outcome.parameters),
                    "bestEpoch": .int(outcome.bestEpoch), "epochs": .int(outcome.history.count),
                    "validationLoss": .double(best?.validationLoss),
                    "validation": .map(zip(outcome.measures, best?.measures ?? []).map { ($0, .double($1)) }),
                    "seconds": .double(Double(Clock.monotonic() - started) * 1e-9),
                ]).text(.pretty))
        } else {
            emit(outcome.run)
        }
    }

    private func performRepeats(_ request: TrainModel.Request, _ repeats: Int, session: Session) throws {
        let outcome = try RepeatTraining.run(request, repeats: repeats) { one, index in
            common.terminal.say("repeat \(index + 1) of \(repeats), seed \(one.seed ?? 0)")
            let outcome = try train(one, session: session),
                best = outcome.history.first { $0.epoch == outcome.bestEpoch }
            return RepeatTraining.Repeat(
                run: outcome.run, measures: zip(outcome.measures, best?.measures ?? []).map { ($0, $1) })
        }
        guard let outcome else { throw ExitCode(ExitStatus.interrupted.rawValue) }
        if common.json {
            return emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "runs": .strings(outcome.runs),
                    "validation": .map(outcome.measures.map { ($0.name, RepeatTraining.json($0.statistics)) }),
                ]).text(.pretty))
        }
        emit(Self.table(outcome.measures, "validation, best epochs of \(repeats) seeds"))
        for run in outcome.runs { emit(run) }
    }

    /// Mean ± sd of measures over seeds.
    static func table(_ measures: [(name: String, statistics: RepeatTraining.SampleStatistics)], _ title: String)
        -> String
    {
        var table = TextTable([title, "mean", "± sd", "smallest", "largest"], rightAligned: [1, 2, 3, 4])
        for (name, statistics) in measures {
            table.add([
                name, fixed(statistics.mean, 4), fixed(statistics.deviation, 4),
                fixed(statistics.values.min() ?? .nan, 4), fixed(statistics.values.max() ?? .nan, 4),
            ])
        }
        return table.text
    }

    private func train(_ request: TrainModel.Request, session: Session) throws -> TrainModel.Outcome {
        let terminal = common.terminal
        let started = Clock.monotonic()
        let outcome = try TrainModel.run(
            request, session: session,
            started: { id, network in
                terminal.say(
                    "run \(id.prefix(8)): \(network.parameterCount) parameters, \(network.multiplyAdds) multiply-adds per sample, \(request.threads) threads"
                )
            },
            shouldStop: { Interruption.isPending },
            progress: { progress in
                let elapsed = Double(Clock.monotonic() - started) * 1e-9
                let remaining = progress.fraction > 0 ? elapsed * (1 - progress.fraction) / progress.fraction : 0
                let line =
                    "epoch \(progress.epoch)/\(progress.epochs)  loss \(fixed(progress.trainingLoss, 5))"
                    + (progress.validationLoss.map { "  val \(fixed($0, 5))" } ?? "")
                    + (progress.monitored.map { "  \($0.name) \(fixed($0.value, 4))" } ?? "")
                    + (progress.bestLoss.map { "  best \(fixed($0, 5))" } ?? "")
                    + "  \(Int(progress.samplesPerSecond)) samples/s"
                if progress.isEpochEnd, !terminal.isInteractive { terminal.say("  " + line) }
                terminal.showProgress("\(Terminal.bar(progress.fraction)) \(line)  \(Int(remaining.rounded())) s left")
            })
        terminal.clearLine()
        guard outcome.isFinished else {
            terminal.say(
                "stopped after epoch \(outcome.history.count); go on with: hftml train … --resume \(outcome.run.prefix(8))"
            )
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
        terminal.say(
            "validation loss \(sparkline(outcome.history.map(\.validationLoss)))  best \(outcome.monitor) in epoch \(outcome.bestEpoch) of \(outcome.history.count)"
        )
        terminal.say(
            "weights \(outcome.weights.prefix(16))…  samples: \(outcome.samples.training) training, \(outcome.samples.validation) validation, \(outcome.samples.test) test"
        )
        return outcome
    }
}
