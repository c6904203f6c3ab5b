import ArgumentParser
import Documents
import Workflows

struct ModelEnsembleCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "ensemble", abstract: "One model that answers with the mean of several; prints the run id.",
        discussion: """
            EXAMPLES
              hftml model ensemble models -o ensemble
              hftml model ensemble model-a model-b -o ensemble

            The directory of a training under several seeds stands for all of them.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Directories that training wrote.", completion: .directory) var models: [String]
    @Option(help: "Name of the new model.") var name: String?
    @Option(name: .shortAndLong, help: "Directory for the ensemble.", completion: .directory) var output: String

    mutating func perform(_ context: CommandContext) throws -> EnsembleDocument {
        let made = try EnsembleModels.run(
            models.map(context.path), name: name, output: context.path(output), session: try context.session())
        context.terminal.say("\(made.members) members, weights \(made.weights.prefix(16))…")
        return EnsembleDocument(run: made.run, members: made.members, weights: made.weights)
    }
}
