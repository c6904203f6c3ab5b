import ArgumentParser

struct StatementsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statements", abstract: "Bring approvals, rejections and waivers from one registry into another.",
        subcommands: [StatementsExportCommand.self, StatementsImportCommand.self])
}
