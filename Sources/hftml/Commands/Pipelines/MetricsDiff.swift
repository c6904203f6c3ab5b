import ArgumentParser
import Documents
import Workflows

struct MetricsDiffCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Metrics that differ between two revisions, or a revision and the workspace.",
        discussion: """
            EXAMPLES
              hftml metrics diff
              hftml metrics diff main --md
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: RevisionOptions

    mutating func perform(_ context: CommandContext) throws -> ValueChangesDocument {
        let workspace = try context.session().workspace
        let changes = try CompareValues.metrics(
            from: options.old, to: options.new, includesSame: options.all, in: workspace)
        let problems = try CompareValues.unreadableMetrics(from: options.old, to: options.new, in: workspace)
        for item in problems { context.say("  ! left out \(item.file) \(item.text)") }
        return options.document(
            changes, .metrics, sources: try CompareValues.sources(in: workspace).metrics, isFailure: !problems.isEmpty)
    }
}
