import ArgumentParser
import Documents
import Workflows

struct DeploymentsListCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Newest first.",
        discussion: """
            EXAMPLES
              hftml deployments list
              hftml deployments list --environment paper --json
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Only this environment.") var environment: String?

    func perform(_ context: CommandContext) throws -> DeploymentsDocument {
        DeploymentsDocument(try ListDeployments.run(environment: environment, session: try context.session()))
    }
}
