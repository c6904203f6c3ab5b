import ArgumentParser
import Documents
import Workflows

struct ModelsHistoryCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Every change of a model: who, when, old, new, why. Oldest first.",
        discussion: """
            EXAMPLES
              hftml models history bars-cnn
              hftml models history bars-cnn --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The model.") var model: String

    func perform(_ context: CommandContext) throws -> ModelHistoryDocument {
        ModelHistoryDocument(try TraceHistory.run(model: model, session: try context.session()))
    }
}
