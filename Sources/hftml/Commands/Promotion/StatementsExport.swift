import ArgumentParser
import Documents
import Workflows

struct StatementsExportCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what people signed about a version into files, one a statement.",
        discussion: """
            EXAMPLES
              hftml statements export bars-cnn/2 signed
              hftml statements export bars-cnn/2 /mnt/desk/statements --json

            Each file is the signed envelope (DSSE), and says all that counts. Where it should count, it is taken up by
            hftml statements import.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Argument(help: "Where the files go; made if it is missing.", completion: .directory) var directory: String

    func perform(_ context: CommandContext) throws -> ExportedStatementsDocument {
        ExportedStatementsDocument(
            try CarryStatements.export(reference, to: context.path(directory), session: try context.session()))
    }
}
