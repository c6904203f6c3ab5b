import ArgumentParser
import Documents
import Workflows

struct BundleVerifyCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify signatures, digests and golden pair, as the runtime does; exit 2 when it would be refused.",
        discussion: """
            EXAMPLES
              hftml bundle verify Registry/environments/paper/installed/current.hftbundle --trusted Registry/keys
              hftml bundle verify model.hftbundle --trusted Registry/environments/paper/authority.json --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The bundle.", completion: .file()) var file: String
    @Option(help: "Directory of public keys, or a signed document of an environment.", completion: .file())
    var trusted: String

    func perform(_ context: CommandContext) throws -> BundleDocument {
        let document = BundleDocument(
            try VerifyBundle.run(context.path(file), trusted: context.path(trusted)))
        if let objection = document.objection { context.terminal.say("refused: \(objection)") }
        return document
    }
}
