import ArgumentParser
import Documents
import Workflows

struct KeysRevokeCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take a key back for good, of this project or of environments' documents, or its trust in one place.",
        discussion: """
            Nothing that it signs counts here from now on. Hosts, and clones with another registry, learn of it by the
            next document of each environment and by the files that are to be committed; the answer names both. A key
            never comes back: on a terminal the command shows what stops, and asks.

            The key itself signs that, or a root key: without --as one that is at hand, or nobody. What nobody signed
            ends no root key and holds up no rollback.

            EXAMPLES
              hftml keys revoke alice --reason "left the firm"
              hftml keys revoke paper-signer --from paper
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The key's name, or its id.") var key: String
    @Option(name: .customLong("from"), help: "Only its trust in this environment.") var environment: String?
    @Option(help: "Why; kept in the audit log.") var reason = ""
    @Option(name: .customLong("as"), help: "The key that signs it: this key itself, or a root key.")
    var signer: String?
    @Flag(help: "Also where too few root keys are left to sign any document of an environment.")
    var endsEnvironment = false

    func perform(_ context: CommandContext) throws -> RevokedKeyDocument {
        let session = try context.session()
        if environment == nil {
            try context.common.confirmFinal("Revoke it for good?") {
                try ManageKeys.revocation(
                    of: key, as: signer, endsEnvironment: endsEnvironment, session: session
                ).plan
            }
        }
        return RevokedKeyDocument(
            try ManageKeys.revoke(
                key, environment: environment, reason: reason, as: signer, endsEnvironment: endsEnvironment,
                session: session),
            environment: environment)
    }
}
