import ArgumentParser
import Documents
import Workflows

struct RegistryVerifyCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the file, its references and the audit chain; exit 2 when something is wrong.",
        discussion: """
            EXAMPLES
              hftml registry verify
              hftml registry verify --json
            """)

    @OptionGroup var common: CommonOptions

    func perform(_ context: CommandContext) throws -> VerifiedRecordDocument {
        VerifiedRecordDocument(problems: try VerifyRecord.run(session: try context.session()))
    }
}
