import ArgumentParser
import Documents
import Workflows

struct EvaluateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a trained model on its test span after costs, or a policy on its task, beside naive ones.",
        discussion: """
            EXAMPLES
              hftml evaluate model --on features.safetensors --strategy strategy.yaml -o evaluation
              hftml evaluate policy --episodes 10000

            On other data the test begins when the model's own did, because markets move together; --from says
            otherwise.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A directory that training wrote, a run or a version.", completion: .directory)
    var model: String
    @Option(name: .customLong("on"), help: "The feature table.", completion: .file()) var features: String?
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String?
    @Option(
        help: ArgumentHelp(
            "Measure all samples from this time on, of the exchange, or UTC with a Z.", valueName: "time"))
    var from: String?
    @Option(help: "Recorded order books, for a policy that learned in them.", completion: .directory) var data: String?
    @Option(help: "Episodes of a policy, in place of its recipe's.") var episodes: Int?
    @Option(help: "Threads; they do not change the result.") var threads = Session.defaultThreads
    @Option(name: .shortAndLong, help: "Directory for predictions, metrics and equity.", completion: .directory)
    var output: String?

    mutating func validate() throws {
        if let episodes, episodes < 1 { throw ValidationError("--episodes takes 1 or more") }
    }

    mutating func perform(_ context: CommandContext) throws -> EvaluationDocument {
        var request = EvaluateTrained.Request(model: model)
        (request.features, request.strategy) = (features.map(context.path), strategy.map(context.path))
        (request.data, request.output) = (data.map(context.path), output.map(context.path))
        (request.episodes, request.threads, request.from) = (episodes, threads, from)
        return EvaluationDocument(try EvaluateTrained.run(request, session: try context.session()))
    }
}
