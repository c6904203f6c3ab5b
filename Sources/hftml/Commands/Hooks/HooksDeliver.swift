import ArgumentParser
import Documents
import Workflows

struct HooksDeliverCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver",
        abstract: """
            Deliver what is waiting; exit 1 if a hook fails. Commands that change something do this by themselves.
            """,
        discussion: """
            EXAMPLES
              hftml hooks deliver
              hftml hooks deliver ci --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Only this hook.") var name: String?

    func perform(_ context: CommandContext) async throws -> DeliveryDocument {
        let summary = try await DeliverEvents().run(name, session: try context.session())
        if !common.json { summary.failures.forEach(context.terminal.say) }
        return DeliveryDocument(summary)
    }
}
