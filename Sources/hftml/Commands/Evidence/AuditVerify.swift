import ArgumentParser
import Documents
import Workflows

struct AuditVerifyCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check the chain of hashes; exit 2 when it is broken.",
        discussion: """
            EXAMPLES
              hftml audit verify
              hftml audit verify --json
            """)

    @OptionGroup var common: CommonOptions

    func perform(_ context: CommandContext) throws -> VerifiedRecordDocument {
        VerifiedRecordDocument(problems: try VerifyRecord.run(session: try context.session()))
    }
}
