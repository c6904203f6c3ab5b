import ArgumentParser
import Documents
import Workflows

struct RollbackCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Put what was in force before back in force, by a signed order with the next number.",
        discussion: """
            Where everything before was rejected it is refused, and says how trading is stopped; --to brings such a \
            version back all the same.

            EXAMPLES
              hftml rollback paper --key paper-promoter --reason "loses on the open"
              hftml rollback paper --to 1 --key paper-promoter --reason "back to the first" --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var environment: String
    @Option(
        help: ArgumentHelp(
            "A revision's number, or a version; by default the last different one that no rollback has left and nobody "
                + "rejected.",
            valueName: "counter|version")) var to: String?
    @Option(help: "A key with the role promoter there, by name or file.") var key: String
    @Option(help: "Why; it is signed with the order.") var reason: String
    @Option(help: "Seconds to wait for a receipt.") var wait = 30.0
    @Flag(help: "Leave the inbox to a runtime that is running; do not start hftml-runtime to look into it.")
    var noActivate = false

    func perform(_ context: CommandContext) throws -> RollbackDocument {
        var request = RollBack.Request(environment: environment, key: key, reason: reason)
        (request.target, request.wait, request.isActivating) = (to, wait, !noActivate)
        return RollbackDocument(try RollBack.run(request, session: try context.session()))
    }
}
