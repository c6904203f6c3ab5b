import ArgumentParser
import Documents
import Workflows

struct ModelsDeleteAliasCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete-alias", abstract: "Remove an alias.",
        discussion: """
            EXAMPLES
              hftml models delete-alias bars-cnn challenger
              hftml models delete-alias bars-cnn staging --quiet
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The model.") var model: String
    @Argument(help: "The alias.") var alias: String

    func perform(_ context: CommandContext) throws -> ModelChangeDocument {
        try MoveAlias.delete(alias, of: model, session: try context.session())
        return .aliasRemoved(alias, model: model)
    }
}
