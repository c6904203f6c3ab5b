import ArgumentParser

struct DeploymentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deployments", abstract: "What runtimes said about the bundles they were handed.",
        subcommands: [
            DeploymentsListCommand.self, DeploymentsWithdrawCommand.self, DeploymentsFeedbackCommand.self,
        ], defaultSubcommand: DeploymentsListCommand.self)
}
