import ArgumentParser
import Documents
import Workflows

struct ReproCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "repro", abstract: "Run what must be rerun of pipelines, and of what they need.",
        discussion: """
            EXAMPLES
              hftml repro Pipelines/demo
              hftml repro dvc.yaml -j 8 --resource gpu=2 --dry-run
            """)

    @OptionGroup var common: CommonOptions
    @Argument(
        help:
            """
            Pipelines (directories with a pipeline.yaml or dvc.yaml, or such files), stages, FILE:STAGE, or what \
            stages \
            make; the pipeline of the current directory by default. What they need of other pipelines runs first.
            """,
        completion: .file())
    var pipelines: [String] = []
    @Option(help: "Only this stage, without what it needs.") var stage: String?
    @Flag(name: [.long, .customShort("s")], help: "Only the stages that are named, without what they need.")
    var singleItem = false
    @Flag(name: [.customLong("all-pipelines"), .customShort("P")], help: "All pipelines of the workspace.")
    var allPipelines = false
    @Option(help: "This stage and what follows from it.") var downstream: String?
    @Flag(name: .shortAndLong, help: "Run also what is up to date.") var force = false
    @Flag(help: "Say what would run and why; run nothing.") var dryRun = false
    @Option(name: .shortAndLong, help: "Stages, or partitions of stages, that run at once.") var jobs = 1
    @Option(
        name: .customLong("resource"),
        help: ArgumentHelp(
            "What stages share, for their `uses`; memory is that of the machine, anything else 1.",
            valueName: "name=amount"))
    var resources: [String] = []
    @Flag(help: "Do not take outputs from runs that were recorded before.") var noRunCache = false
    @Flag(help: "Fetch from the remote what the cache lacks.") var pull = false
    @OptionGroup var partitions: PartitionOptions
    @Option(name: .customLong("set"), help: ArgumentHelp("Replace a parameter of params.yaml.", valueName: "key=value"))
    var assignments: [String] = []

    mutating func perform(_ context: CommandContext) throws -> ReproductionDocument {
        let outcome = try ReproducePipelines.run(request(context)) { event in
            context.terminal.show(ReproductionProgress(event, context.terminal.style))
        }
        if let failure = outcome.failure, outcome.interruption == nil {
            context.say(ErrorDocument(failure).text(context.terminal.style))
        }
        if outcome.interruption != nil { context.say("ended before its time; the same command goes on from here") }
        return ReproductionDocument(outcome, isDryRun: dryRun)
    }

    private func request(_ context: CommandContext) -> ReproducePipelines.Request {
        let typed = pipelines.isEmpty ? ["."] : pipelines
        var request = ReproducePipelines.Request(
            typed.map { .init(typed: $0, path: context.path($0)) }, environment: context.caller.environment)
        (request.stage, request.downstream, request.jobs) = (stage, downstream, jobs)
        (request.isSingle, request.isAll) = (singleItem, allPipelines)
        request.ends(onSignal: { Interruption.signalNumber }, giveUp: { Interruption.giveUp($0) })
        (request.isForced, request.isDryRun, request.isPulling) = (force, dryRun, pull)
        (request.resources, request.assignments) = (resources, assignments)
        request.conditions = partitions.conditions
        (request.usesRunCache, request.inheritsTerminal) = (!noRunCache, context.terminal.isInteractive)
        return request
    }
}

extension Terminal {
    fileprivate func show(_ progress: ReproductionProgress) {
        switch progress {
        case .line(let text): say(text)
        case .partition(let stage, let done, let total):
            if isInteractive {
                showProgress(stage, Double(done) / Double(max(total, 1)), "\(done)/\(total) partitions")
            } else if done == total || done % 100 == 0 {
                say("  \(stage): \(done) of \(total) partitions")
            }
        }
    }
}
