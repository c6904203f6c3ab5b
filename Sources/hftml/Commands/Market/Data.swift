import ArgumentParser

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Look into files of market data, whatever their format, and convert them.",
        subcommands: [
            DataSniffCommand.self, DataHeadCommand.self, DataDescribeCommand.self, DataConvertCommand.self,
        ])
}
