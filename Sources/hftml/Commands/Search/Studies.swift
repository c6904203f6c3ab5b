import ArgumentParser
import Documents
import Workflows

struct StudiesCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "studies", abstract: "List and show hyper-parameter searches.",
        subcommands: [StudiesListCommand.self, StudiesShowCommand.self], defaultSubcommand: StudiesListCommand.self)

    @OptionGroup var common: CommonOptions

    mutating func perform(_ context: CommandContext) throws -> EmptyDocument { throw CleanExit.helpRequest(self) }
}
