import ArgumentParser
import Documents
import Workflows

struct HooksLogCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Attempts to deliver, newest first.",
        discussion: """
            EXAMPLES
              hftml hooks log
              hftml hooks log ci --limit 100 --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Only this hook.") var name: String?
    @Option(help: "How many.") var limit = 20

    func perform(_ context: CommandContext) throws -> DeliveriesDocument {
        DeliveriesDocument(try ManageHooks.log(name, limit: limit, session: try context.session()))
    }
}
