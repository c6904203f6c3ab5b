import ArgumentParser

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Versions of models and their aliases.",
        subcommands: [
            ModelsListCommand.self, ModelsShowCommand.self, ModelsHistoryCommand.self, ModelsRegisterCommand.self,
            ModelsAliasCommand.self, ModelsDeleteAliasCommand.self, ModelsTagCommand.self, ModelsDescribeCommand.self,
            ModelsCardCommand.self, ModelsDeleteCommand.self, ModelsRestoreCommand.self, ModelsExportCommand.self,
            ModelsImportCommand.self, ModelsGitTagCommand.self,
        ], defaultSubcommand: ModelsListCommand.self)
}
