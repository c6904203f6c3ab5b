import ArgumentParser
import Documents
import Workflows

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Make realistic data with a known, stated signal.",
        subcommands: [SimulateMarketCommand.self])
}
