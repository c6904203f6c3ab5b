import ArgumentParser
import Documents
import Workflows

struct LineageCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "lineage", abstract: "Show what a version, run or file was made from, or what was made from it.",
        discussion: """
            Of data, --downstream looks through everything that was ever read: PATH may be a file or directory under \
            version control or inside such a directory, whether it stands in the workspace or not, in all contents \
            that it ever had; PATH@REVISION is its content at a Git revision; an MD5 digest is a content wherever it \
            lies. Exit status 1 means that some versions of the data could not be looked into.

            EXAMPLES
              hftml lineage bars-cnn/1
              hftml lineage Data/demo-market/SIM01_5min.csv --downstream
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, a run, or data; of data several, with --downstream.") var references: [String]
    @Flag(help: "Forward, to bundles and deployments.") var downstream = false
    @Flag(help: "As a Mermaid flowchart.") var mermaid = false
    @Flag(help: "As a Graphviz digraph.") var dot = false
    @Flag(name: .customLong("openlineage"), help: "As OpenLineage run events, one JSON object a line.")
    var openLineage = false

    func perform(_ context: CommandContext) throws -> Either<
        LineageEventsDocument, Either<LineageDocument, RecallDocument>
    > {
        let session = try context.session()
        if openLineage {
            return .first(
                LineageEventsDocument(
                    try TraceLineage.openLineage(references, downstream: downstream, session: session)))
        }
        let form: LineageDocument.Form = mermaid ? .mermaid : dot ? .dot : .tree
        if !downstream || mermaid || dot {
            let graph = try TraceLineage.graph(references, downstream: downstream, session: session)
            return .second(.first(LineageDocument(graph, isDownstream: downstream, as: form)))
        }
        switch try TraceLineage.downstream(references, session: session) {
        case .graph(let graph): return .second(.first(LineageDocument(graph, isDownstream: true)))
        case .recall(let recall): return .second(.second(RecallDocument(recall)))
        }
    }
}
