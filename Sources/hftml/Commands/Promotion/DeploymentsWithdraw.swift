import ArgumentParser
import Documents
import Workflows

struct DeploymentsWithdrawCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: """
            Take back a promotion under way: a bundle that waits in the inbox, or one that runs without having shown \
            its health; or a rollback that its host has not answered.
            """,
        discussion: """
            EXAMPLES
              hftml deployments withdraw paper
              hftml deployments withdraw paper --json

            The host is told by a signed word that it takes this order no more: a copy of the bundle that somebody kept
            stays out of force.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var environment: String
    @Option(help: "A key with the role promoter there, by name or file; the one at hand by default.") var key: String?
    @Option(help: "Why; it is signed.") var reason: String?
    @Option(help: "Seconds to wait for the host's answer.") var wait = 30.0
    @Flag(help: "Leave the inbox to a runtime that is running; do not start hftml-runtime to look into it.")
    var noActivate = false

    func perform(_ context: CommandContext) throws -> WithdrawalDocument {
        var request = WithdrawPromotion.Request(environment: environment)
        (request.key, request.wait, request.isActivating) = (key, wait, !noActivate)
        if let reason { request.reason = reason }
        return WithdrawalDocument(try WithdrawPromotion.run(request, session: try context.session()))
    }
}
