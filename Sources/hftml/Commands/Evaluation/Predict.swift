import ArgumentParser
import Documents
import Workflows

struct PredictCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Score rows of a feature table with a model, those without a label too.",
        discussion: """
            EXAMPLES
              hftml predict model --on features.safetensors -o predictions.csv
              hftml predict bars/3 --on features.safetensors --from 2026-03-12 -o newest.csv

            Columns are time (UTC; of a bar its start), instrument, score, probabilities where the model has classes,
            and target where the label is known. Scores are those of the runtime to the bit. See also: hftml evaluate.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(
        help: "A directory that training wrote, a model file, a run, or a version such as NAME/3 or NAME@champion.",
        completion: .directory)
    var model: String
    @Option(name: .customLong("on"), help: "The feature table.", completion: .file()) var features: String
    @Flag(help: "Score every row with a complete window; this is the default.") var all = false
    @Flag(help: "Score from where the model's own split begins to test.") var test = false
    @Option(
        help: ArgumentHelp(
            "Score rows from this time on, of the exchange, or UTC with a Z.", valueName: "time")) var from: String?
    @Option(help: "Threads; they do not change the result.") var threads = Session.defaultThreads
    @Option(name: .shortAndLong, help: "The CSV file.", completion: .file()) var output: String

    mutating func validate() throws {
        if [all, test, from != nil].count(where: { $0 }) > 1 {
            throw ValidationError("--all, --test and --from exclude each other")
        }
        if threads < 1 || threads > 1024 { throw ValidationError("--threads takes 1 to 1024") }
    }

    mutating func perform(_ context: CommandContext) throws -> PredictionDocument {
        var request = PredictModel.Request(
            model: model, features: context.path(features), output: context.path(output))
        request.threads = threads
        request.span = from.map { .from($0) } ?? (test ? .test : .all)
        let terminal = context.terminal
        return PredictionDocument(
            try PredictModel.run(request, session: try context.session()) {
                terminal.showProgress("", $0, "scoring")
            })
    }
}
