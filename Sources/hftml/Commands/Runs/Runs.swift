import ArgumentParser
import Documents
import Workflows

struct RunsCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List, show, plot and mark runs.",
        subcommands: [
            RunsListCommand.self, RunsShowCommand.self, RunsPlotCommand.self, RunsTagCommand.self,
            RunsDeleteCommand.self, RunsRestoreCommand.self,
        ],
        defaultSubcommand: RunsListCommand.self)

    @OptionGroup var common: CommonOptions

    mutating func perform(_ context: CommandContext) throws -> EmptyDocument { throw CleanExit.helpRequest(self) }
}
