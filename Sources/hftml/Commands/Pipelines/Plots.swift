import ArgumentParser
import Documents
import Workflows

struct PlotsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plots", abstract: "Show and compare plots across Git revisions.",
        subcommands: [PlotsShowCommand.self, PlotsDiffCommand.self])
}
