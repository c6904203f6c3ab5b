import ArgumentParser
import Basics
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
              hftml deployments withdraw paper --host-is-lost --reason "its disk burned"

            The host is told by a signed word that it takes this order no more: a copy of the bundle that somebody kept
            stays out of force. A bundle that trades is out when its host has signed that; until then its promotion is
            under way, and the exit status is 2.

            Where the machine that the bundle was handed over to is lost, nobody can tell it: --host-is-lost ends the
            promotion, or a rollback's waiting, by your word alone, signed by a promoter's key. That is on record with
            your name and reason, and until when a copy of the bundle is good. A promotion whose order has ended, and
            that no receipt calls in force, needs no such option.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var environment: String
    @Option(help: "A key with the role promoter there, by name or file; the one at hand by default.") var key: String?
    @Option(help: "Why; it is signed.") var reason: String?
    @Option(help: "Seconds to wait for the host's answer.") var wait = 30.0
    @Flag(help: "Leave the inbox to a runtime that is running; do not start hftml-runtime to look into it.")
    var noActivate = false
    @Flag(help: "The machine it was handed over to is lost for good; needs --reason.") var hostIsLost = false

    func perform(_ context: CommandContext) throws -> WithdrawalDocument {
        var request = WithdrawPromotion.Request(environment: environment)
        (request.key, request.wait, request.isActivating) = (key, wait, !noActivate)
        request.isHostLost = hostIsLost
        if let reason { request.reason = reason }
        // Nobody can check it: the record says who said so, and why.
        guard !hostIsLost || !(reason ?? "").allSatisfy(\.isWhitespace) else {
            throw Failure(
                "usage.reason", "found no reason beside --host-is-lost, which goes on record with it",
                hint: "hftml deployments withdraw \(environment) --host-is-lost --reason TEXT", exitStatus: .usage)
        }
        return WithdrawalDocument(try WithdrawPromotion.run(request, session: try context.session()))
    }
}
