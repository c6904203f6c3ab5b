import ArgumentParser
import Documents
import Workflows

struct DeploymentsWithdrawCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: """
            Take back a promotion under way: a bundle that waits in the inbox, or one that runs without having shown \
            its health.
            """,
        discussion: """
            EXAMPLES
              hftml deployments withdraw paper
              hftml deployments withdraw paper --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var environment: String

    func perform(_ context: CommandContext) throws -> WithdrawalDocument {
        WithdrawalDocument(try WithdrawPromotion.run(environment, session: try context.session()))
    }
}
