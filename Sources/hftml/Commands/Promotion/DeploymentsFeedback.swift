import ArgumentParser
import Documents
import Workflows

struct DeploymentsFeedbackCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback",
        abstract: "Take what a runtime saw of a bundle into the registry, where lineage and filters find it.",
        discussion: """
            EXAMPLES
              hftml deployments feedback paper Pipelines/demo/out/replay/summary.json
              hftml deployments feedback paper Registry/environments/paper/health.json --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var environment: String
    @Argument(help: "summary.json of a replay, or health.json.", completion: .file()) var file: String

    func perform(_ context: CommandContext) throws -> FeedbackDocument {
        FeedbackDocument(
            try TakeFeedback.run(context.path(file), environment: environment, session: try context.session()),
            environment: environment)
    }
}
