import ArgumentParser
import Documents
import Workflows

struct HooksDeliverCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver",
        abstract: """
            Deliver what is waiting; exit 1 if a hook fails. Commands that change something start this beside them.
            """,
        discussion: """
            EXAMPLES
              hftml hooks deliver
              hftml hooks deliver ci --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Only this hook.") var name: String?
    @Flag(help: ArgumentHelp("As commands start it: with pauses for hooks that fail.", visibility: .hidden))
    var waiting = false

    func perform(_ context: CommandContext) async throws -> DeliveryDocument {
        let session = try context.session()
        let summary =
            waiting
            ? try await DeliverLater.run(name, session: session) ?? DeliverEvents.Summary()
            : try await DeliverEvents().run(name, session: session)
        if !common.json { summary.failures.forEach(context.terminal.say) }
        return DeliveryDocument(summary)
    }
}
