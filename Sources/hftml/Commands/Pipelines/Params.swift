import ArgumentParser
import Documents
import Workflows

struct ParamsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "params", abstract: "Compare parameters across Git revisions.",
        subcommands: [ParamsDiffCommand.self])
}
