import ArgumentParser
import Documents
import Workflows

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Fetch or convert raw data, or take data of another repository.",
        subcommands: [
            ImportYahooCommand.self, ImportFI2010Command.self, ImportURLCommand.self, ImportRepositoryCommand.self,
        ])
}
