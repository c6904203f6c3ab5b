import ArgumentParser
import Documents
import Workflows

struct ModelCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "What a model is made of.",
        subcommands: [
            ModelSummaryCommand.self, ModelNamedCommand.self, ModelInitialCommand.self, ModelEnsembleCommand.self,
        ])

    @OptionGroup var common: CommonOptions

    mutating func perform(_ context: CommandContext) throws -> EmptyDocument { throw CleanExit.helpRequest(self) }
}
