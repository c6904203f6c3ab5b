import ArgumentParser
import Documents
import Workflows

struct KeysRevokeCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take trust in a key back; a person's key never comes back, and none of its signatures count.",
        discussion: """
            EXAMPLES
              hftml keys revoke alice --reason "left the firm"
              hftml keys revoke paper-signer --from paper
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The key's name.") var key: String
    @Option(name: .customLong("from"), help: "Only its trust in this environment.") var environment: String?
    @Option(help: "Why; kept in the audit log.") var reason = ""

    func perform(_ context: CommandContext) throws -> RevokedKeyDocument {
        try ManageKeys.revoke(key, environment: environment, reason: reason, session: try context.session())
        return RevokedKeyDocument(key, environment: environment)
    }
}
