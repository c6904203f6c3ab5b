import ArgumentParser
import Documents
import Workflows

struct PipelineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Check a pipeline, or write it as DVC's.",
        subcommands: [PipelineLintCommand.self, PipelineExportCommand.self])
}
