import ArgumentParser
import Documents
import Workflows

struct LineageCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "lineage", abstract: "Show what a version, run or file was made from, or what was made from it.",
        discussion: """
            EXAMPLES
              hftml lineage bars-cnn/1
              hftml lineage Data/demo-market --downstream --mermaid
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, a run, or data.") var reference: String
    @Flag(help: "Forward, to bundles and deployments.") var downstream = false
    @Flag(help: "As a Mermaid flowchart.") var mermaid = false
    @Flag(help: "As a Graphviz digraph.") var dot = false
    @Flag(name: .customLong("openlineage"), help: "As OpenLineage run events, one JSON object a line.")
    var openLineage = false

    func perform(_ context: CommandContext) throws -> Either<LineageDocument, LineageEventsDocument> {
        let session = try context.session()
        if openLineage {
            return .second(
                LineageEventsDocument(
                    try TraceLineage.openLineage(reference, downstream: downstream, session: session)))
        }
        return .first(
            LineageDocument(
                try TraceLineage.run(reference, downstream: downstream, session: session), isDownstream: downstream,
                as: mermaid ? .mermaid : dot ? .dot : .tree))
    }
}
