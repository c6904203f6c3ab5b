import ArgumentParser
import Basics
import Documents
import Workflows

struct KeysTrustCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Let a person sign in a role, or an environment accept bundles signed by a key.",
        discussion: """
            EXAMPLES
              hftml keys trust alice --role validator --expires 2099-12-31
              hftml keys trust paper-signer --to paper
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A key of this project, or a public key file.") var key: String
    @Option(name: .customLong("to"), help: "The environment that accepts its bundles.") var environment: String?
    @Option(help: "A role in which its owner may sign; may be given several times.") var role: [String] = []
    @Option(help: ArgumentHelp("The day from which signatures no longer count.", valueName: "2099-12-31"))
    var expires: String?
    @Option(help: "Whose key it is; several keys of one person count once.") var person: String?

    func perform(_ context: CommandContext) throws -> KeyDocument {
        guard (environment == nil) != role.isEmpty else {
            throw Failure(
                "usage.trust", "expected either --to ENVIRONMENT or --role ROLE",
                hint: "a person signs in a role, a machine signs bundles for an environment", exitStatus: .usage)
        }
        let session = try context.session()
        if let environment {
            return KeyDocument(
                try ManageKeys.trust(key, environment: environment, session: session), trustedIn: environment)
        }
        return KeyDocument(
            ofPerson: try ManageKeys.trust(key, roles: role, expires: expires, person: person, session: session))
    }
}
