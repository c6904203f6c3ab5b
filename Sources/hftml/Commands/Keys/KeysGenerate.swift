import ArgumentParser
import Documents
import Workflows

struct KeysGenerateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make an Ed25519 key pair: the private half in your own directory, under a passphrase on a terminal.",
        discussion: """
            EXAMPLES
              hftml keys generate alice
              hftml keys generate paper-signer --if-missing --trust paper
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "What it is called.") var name: String
    @Flag(help: "Use a key of this name that exists; asks for no passphrase.") var ifMissing = false
    @Option(help: "Also trust it in this environment.") var trust: String?

    func perform(_ context: CommandContext) throws -> KeyDocument {
        KeyDocument(
            try ManageKeys.generate(
                name, keepsExisting: ifMissing, trustedIn: trust, asksPassphrase: !ifMissing,
                session: try context.session()),
            trustedIn: trust)
    }
}
