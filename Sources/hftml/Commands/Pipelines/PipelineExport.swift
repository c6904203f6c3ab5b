import ArgumentParser
import Documents
import Workflows

struct PipelineExportCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-dvc",
        abstract: "Write the dvc.yaml that says the same; real dvc finds nothing to do after ours.",
        discussion: """
            EXAMPLES
              hftml pipeline export-dvc Pipelines/demo
              hftml pipeline export-dvc Pipelines/demo --check
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A native pipeline.", completion: .file()) var pipeline: String
    @Option(
        name: .shortAndLong, help: "Where it goes; beside the pipeline by default, where it shares the lock.",
        completion: .file())
    var output: String?
    @Flag(help: "Write nothing; exit status 2 if the file there says something else.") var check = false

    mutating func perform(_ context: CommandContext) throws -> PipelineExportDocument {
        let (path, output) = (context.path(pipeline), output.map(context.path))
        guard check else { return .written(try ExportPipeline.run(path, to: output)) }
        let (file, isCurrent) = try ExportPipeline.isCurrent(path, at: output)
        return .compared(path: file, isCurrent: isCurrent)
    }
}
