import ArgumentParser
import Documents
import Workflows

struct RegistrySchemaCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "The views that people may rely on, each with a query to start from.",
        discussion: """
            EXAMPLES
              hftml registry schema
              hftml registry schema --json
            """)

    @OptionGroup var common: CommonOptions

    func perform(_ context: CommandContext) throws -> ViewsDocument {
        ViewsDocument(try QueryRegistry.views(session: try context.session()))
    }
}
