import ArgumentParser
import Documents
import Workflows

struct ModelSummaryCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Every layer with its shape, parameters and multiply-adds.",
        discussion: """
            EXAMPLES
              hftml model summary deeplob-torch --features 40
              hftml model summary Pipelines/lob-deeplob/deeplob.yaml --features 40
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A training configuration, a model's directory, or a named model.", completion: .file())
    var model: String
    @Option(help: "Features in a row, where the model does not say.") var features: Int?
    @Option(help: "Rows in a window, in place of the model's.") var window: Int?

    mutating func perform(_ context: CommandContext) throws -> NetworkDocument {
        NetworkDocument(
            try DescribeModel.network(model, features: features, window: window, caller: context.caller))
    }
}
