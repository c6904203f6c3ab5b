import ArgumentParser
import Documents
import Workflows

struct PipelineLintCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Find mistakes, and what will surprise; exit status 2 with --strict if there is anything.",
        discussion: """
            EXAMPLES
              hftml pipeline lint Pipelines/demo
              hftml pipeline lint dvc.yaml --strict

            KEYS OF A STAGE IN A pipeline.yaml
              \(PipelineKeys.common.joined(separator: ", "))
            Instead of run, one of
              \(PipelineKeys.types.map { "\($0.name) {\($0.keys.joined(separator: ", "))}" }.joined(separator: "\n  "))
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pipelines; all by default.", completion: .file()) var pipelines: [String] = []
    @Flag(help: "Advice counts as failure.") var strict = false

    mutating func perform(_ context: CommandContext) throws -> PipelineAdviceDocument {
        let advice = try LintPipelines.run(
            pipelines.map(context.path), around: context.directory, environment: context.caller.environment)
        return PipelineAdviceDocument(advice, isStrict: strict)
    }
}
