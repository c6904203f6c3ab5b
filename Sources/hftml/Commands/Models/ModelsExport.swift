import ArgumentParser
import Documents
import Workflows

struct ModelsExportCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a version with weights, lineage, evidence and approvals into one signed archive.",
        discussion: """
            EXAMPLES
              hftml models export bars-cnn/3 bars-cnn-3.tar --key release
              hftml models export bars-cnn@champion /backup/champion.tar --key release --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "NAME/VERSION or NAME@ALIAS.") var reference: String
    @Argument(help: "The archive; must not exist.", completion: .file()) var file: String
    @Option(help: "The private key that vouches for it: a name of hftml keys, or a file.") var key: String

    func perform(_ context: CommandContext) throws -> ExportedVersionDocument {
        ExportedVersionDocument(
            try CarryVersion.export(reference, to: context.path(file), key: key, session: try context.session()),
            file: file)
    }
}
