import ArgumentParser
import Basics
import Documents
import Workflows

struct ResumeCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a training that was interrupted or killed; the run knows its configuration and data.",
        discussion: """
            EXAMPLES
              hftml resume latest
              hftml resume 3f2a --features moved/features.safetensors
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "An id prefix, a name, or latest.") var run: String
    @Option(help: "Where the feature table is now.", completion: .file()) var features: String?
    @Option(help: "Where the recorded order books are now.", completion: .directory) var data: String?
    @Option(name: .shortAndLong, help: "Directory for the model, in place of the recorded one.", completion: .directory)
    var output: String?
    @Option(help: "Threads; they do not change the result.") var threads: Int?

    mutating func validate() throws {
        if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads takes 1 to 1024") }
    }

    mutating func perform(_ context: CommandContext) throws -> TrainingDocument {
        var request = ResumeRun.Request(run)
        (request.features, request.data) = (features.map(context.path), data.map(context.path))
        (request.output, request.threads) = (output.map(context.path), threads)
        let session = try context.session()
        var progress = TrainingProgressLine(context.terminal)
        return TrainingDocument(
            try TrainConfiguration.run(
                try ResumeRun.run(request, session: session), session: session,
                shouldStop: { Interruption.isPending }
            ) { event in
                progress.show(event)
                try TrainCommand.savePage(event)
            })
    }
}
