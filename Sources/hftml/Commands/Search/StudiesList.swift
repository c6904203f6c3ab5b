import ArgumentParser
import Documents
import Workflows

struct StudiesListCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "All studies, with how many trials are in which state.",
        discussion: """
            EXAMPLES
              hftml studies list
              hftml studies list --json
            """)

    @OptionGroup var common: CommonOptions

    mutating func perform(_ context: CommandContext) throws -> StudyListDocument {
        StudyListDocument(try StudyReport.list(session: try context.session()))
    }
}
