import ArgumentParser
import Documents
import Workflows

struct AuditShowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Who did what, when; oldest first.",
        discussion: """
            EXAMPLES
              hftml audit show
              hftml audit show --json
            """)

    @OptionGroup var common: CommonOptions

    func perform(_ context: CommandContext) throws -> AuditDocument {
        AuditDocument(try ReadAudit.entries(session: try context.session()))
    }
}
