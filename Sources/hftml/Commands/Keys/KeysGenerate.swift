import ArgumentParser
import Documents
import Workflows

struct KeysGenerateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Make an Ed25519 key pair.",
        discussion: """
            EXAMPLES
              hftml keys generate alice
              hftml keys generate paper-signer --if-missing --trust paper
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Whose key it is.") var name: String
    @Flag(help: "Use a key of this name that exists.") var ifMissing = false
    @Option(help: "Also trust it in this environment.") var trust: String?

    func perform(_ context: CommandContext) throws -> KeyDocument {
        KeyDocument(
            try ManageKeys.generate(
                name, keepsExisting: ifMissing, trustedIn: trust, session: try context.session()),
            trustedIn: trust)
    }
}
