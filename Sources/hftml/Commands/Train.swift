import ArgumentParser
import Basics
import NeuralNetworks
import Workflows

struct TrainCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train one model; prints the run id last.",
        discussion: """
            EXAMPLES
              hftml train Pipelines/demo/bars-cnn.yaml --features features.safetensors -o model
              hftml train bars-lstm.yaml --features f.safetensors -o model --set training.epochs=5 --seed 7
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The training configuration.", completion: .file()) var config: String
    @Option(help: "The feature table.", completion: .file()) var features: String
    @Option(name: .shortAndLong, help: "Directory for model, history and run id.", completion: .directory) var output: String
    @Option(name: .customLong("set"), help: ArgumentHelp("Replace an option of the configuration.", valueName: "key=value")) var assignments: [String] = []
    @Option(help: "Name of the run.") var name: String?
    @Option(help: "Experiment that counts this run as a trial.") var experiment: String?
    @Option(help: "Seed, in place of training.seed.") var seed: Int?
    @Option(help: "Threads; they do not change the result.") var threads = Project.defaultThreads
    @Option(help: ArgumentHelp("Go on with an interrupted or killed run.", valueName: "run")) var resume: String?
    @Option(help: ArgumentHelp("Also save a checkpoint every so many steps inside an epoch.", valueName: "steps")) var checkpointEvery: Int?

    mutating func validate() throws {
        if threads < 1 || threads > 1024 { throw ValidationError("--threads takes 1 to 1024") }
        if let checkpointEvery, checkpointEvery < 1 { throw ValidationError("--checkpoint-every takes 1 or more") }
        if let seed, seed < 0 { throw ValidationError("--seed takes 0 or more") }
    }

    mutating func perform() throws {
        var request = TrainModel.Request(config: config, features: features, output: output)
        request.overrides = try Self.assignments(assignments)
        (request.name, request.experiment, request.seed, request.threads) = (name, experiment, seed, threads)
        (request.resume, request.checkpointEverySteps) = (resume, checkpointEvery)
        let terminal = common.terminal
        Interruption.watch()
        let started = Clock.monotonic()
        let outcome = try TrainModel.run(
            request, project: try Project.find(),
            started: { id, network in terminal.say("run \(id.prefix(8)): \(network.parameterCount) parameters, \(network.multiplyAdds) multiply-adds per sample, \(threads) threads") },
            shouldStop: { Interruption.isPending },
            progress: { progress in
                let elapsed = Double(Clock.monotonic() - started) * 1e-9
                let remaining = progress.fraction > 0 ? elapsed * (1 - progress.fraction) / progress.fraction : 0
                let line =
                    "epoch \(progress.epoch)/\(progress.epochs)  loss \(fixed(progress.trainingLoss, 5))"
                    + (progress.validationLoss.map { "  val \(fixed($0, 5))" } ?? "") + (progress.bestLoss.map { "  best \(fixed($0, 5))" } ?? "")
                    + "  \(Int(progress.samplesPerSecond)) samples/s"
                if progress.isEpochEnd, !terminal.isInteractive { terminal.say("  " + line) }
                terminal.showProgress("\(Terminal.bar(progress.fraction)) \(line)  \(Int(remaining.rounded())) s left")
            })
        terminal.clearLine()
        guard outcome.isFinished else {
            terminal.say("stopped after epoch \(outcome.history.count); go on with: hftml train … --resume \(outcome.run.prefix(8))")
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
        terminal.say("validation loss \(sparkline(outcome.history.map(\.validationLoss)))  best in epoch \(outcome.bestEpoch) of \(outcome.history.count)")
        terminal.say("weights \(outcome.weights.prefix(16))…  samples: \(outcome.samples.training) training, \(outcome.samples.validation) validation, \(outcome.samples.test) test")
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "run": .string(outcome.run), "weights": .string(outcome.weights), "parameters": .int(outcome.parameters),
                    "bestEpoch": .int(outcome.bestEpoch), "epochs": .int(outcome.history.count),
                    "validationLoss": .double(outcome.history.map(\.validationLoss).min()), "seconds": .double(Double(Clock.monotonic() - started) * 1e-9),
                ]).text(.pretty))
        } else {
            emit(outcome.run)
        }
    }
}
