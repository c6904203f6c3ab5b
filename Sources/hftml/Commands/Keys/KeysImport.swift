import ArgumentParser
import Documents
import Workflows

struct KeysImportCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take in the public half of an SSH key, whose owner signs with an SSH agent or a security key.",
        discussion: """
            EXAMPLES
              hftml keys import id_ed25519.pub --name ann
              hftml keys import id_ed25519_sk.pub --name ann-token --person ann
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The public key: ssh-ed25519 or sk-ssh-ed25519@openssh.com.", completion: .file()) var file: String
    @Option(help: "What it is called here.") var name: String
    @Option(help: "Whose it is; the name where nothing is said.") var person: String?

    func perform(_ context: CommandContext) throws -> KeyDocument {
        KeyDocument(try ImportKey.run(file, name: name, person: person, session: try context.session()))
    }
}
