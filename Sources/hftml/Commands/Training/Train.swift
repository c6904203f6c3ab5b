import ArgumentParser
import Basics
import Documents
import Workflows

struct TrainCommand: HftmlCommand {
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
    @Option(
        help: ArgumentHelp(
            "Resume an interrupted or killed run with this very configuration; see hftml resume.", valueName: "run"))
    var resume: String?
    @Option(
        help: ArgumentHelp(
            "Also save a checkpoint every so many steps inside an epoch (for agents: updates).", valueName: "steps"))
    var checkpointEvery: Int?
    @Option(
        help: ArgumentHelp(
            "Start from these weights: a file, a run or a model version. What they have seen is no evidence any more.",
            valueName: "weights"), completion: .file())
    var initial: String?
    @Option(
        help: ArgumentHelp(
            "Train with what was known at this day's end (UTC): no later labels, no later corrections of the data.",
            valueName: "day"))
    var asOf: String?
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

    mutating func perform(_ context: CommandContext) throws -> TrainingDocument {
        var request = TrainModel.Request(
            config: context.path(config), features: features.map(context.path), output: context.path(output))
        request.overrides = try Assignment.list(assignments) + (asOf.map { [("split.asOf", .string($0))] } ?? [])
        (request.name, request.experiment, request.seed, request.threads) = (name, experiment, seed, threads)
        (request.data, request.parent) = (data.map(context.path), parent)
        request.tags = try tags.map(KeyValue.parse)
        (request.resume, request.checkpointEverySteps, request.initialWeights) = (resume, checkpointEvery, initial)
        var progress = TrainingProgressLine(context.terminal)
        progress.isInStage = try context.session().isInStage
        return TrainingDocument(
            try TrainConfiguration.run(
                request, repeats: repeats, session: try context.session(), shouldStop: { Interruption.isPending }
            ) { event in
                progress.show(event)
                try TrainCommand.savePage(event)
            })
    }

    /// The page lies beside the policy that it shows.
    static func savePage(_ event: TrainingEvent) throws {
        guard case .policyEnded(let outcome, let directory, _) = event else { return }
        try AtomicFile.write(TrainedPolicyDocument(outcome).page.html, to: Paths.join(directory, "policy.html"))
    }
}
