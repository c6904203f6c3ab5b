import ArgumentParser
import Documents
import Workflows

struct DagCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "dag", abstract: "Draw the stages of a pipeline, the data they read, and what they need.",
        discussion: """
            EXAMPLES
              hftml dag Pipelines/demo
              hftml dag Pipelines/demo --mermaid
            """)

    @OptionGroup var common: CommonOptions
    @Argument(
        help: "A pipeline, with what it needs of others; that of the current directory, or all where there is none.",
        completion: .file())
    var pipeline: String?
    @Flag(help: "All pipelines and pointers of the workspace.") var all = false
    @Flag(help: "As a Mermaid flowchart.") var mermaid = false
    @Flag(help: "As a Graphviz digraph.") var dot = false

    mutating func perform(_ context: CommandContext) throws -> PipelineGraphDocument {
        let here = PipelineFiles.isPipeline(context.path(".")) ? "." : nil
        let outcome = try DescribePipeline.run(
            all ? nil : (pipeline ?? here).map(context.path), around: context.directory,
            environment: context.caller.environment)
        for item in outcome.unread { context.say("  ! left out \(item.file): \(item.problem)") }
        return PipelineGraphDocument(outcome, as: dot ? .dot : mermaid ? .mermaid : .list)
    }
}
