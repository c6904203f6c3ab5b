import ArgumentParser
import Documents
import Workflows

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Show and compare metrics across Git revisions.",
        subcommands: [MetricsShowCommand.self, MetricsDiffCommand.self])
}
