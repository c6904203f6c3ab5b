import ArgumentParser
import Documents
import Workflows

struct DagCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "dag", abstract: "Draw the stages of a pipeline and what they need.",
        discussion: """
            EXAMPLES
              hftml dag Pipelines/demo
              hftml dag Pipelines/demo --mermaid
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A pipeline; that of the current directory by default.", completion: .file()) var pipeline = "."
    @Flag(help: "As a Mermaid flowchart.") var mermaid = false
    @Flag(help: "As a Graphviz digraph.") var dot = false

    mutating func perform(_ context: CommandContext) throws -> PipelineGraphDocument {
        let outcome = try DescribePipeline.run(context.path(pipeline))
        return PipelineGraphDocument(outcome, as: dot ? .dot : mermaid ? .mermaid : .list)
    }
}
