import ArgumentParser
import Documents
import Workflows

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take market data in: files of any format, Yahoo's bars, data of other places.",
        discussion: """
            EXAMPLES
              hftml import bars/SIM01_5min.csv --zone America/New_York -o SIM01.parquet
              hftml import yahoo AAPL --interval 5m --range 60d -o Data/yahoo

            A path after import is a file to write as a canonical table: hftml import files --help
            """,
        subcommands: [
            ImportFilesCommand.self, ImportYahooCommand.self, ImportFI2010Command.self, ImportURLCommand.self,
            ImportRepositoryCommand.self,
        ], defaultSubcommand: ImportFilesCommand.self)
}
