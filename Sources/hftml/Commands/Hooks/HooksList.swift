import ArgumentParser
import Documents
import Workflows

struct HooksListCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "All hooks, and how far each has heard.",
        discussion: """
            EXAMPLES
              hftml hooks list
              hftml hooks list --json
            """)

    @OptionGroup var common: CommonOptions

    func perform(_ context: CommandContext) throws -> HooksDocument {
        HooksDocument(try ManageHooks.list(session: try context.session()))
    }
}
