import ArgumentParser
import Documents
import Workflows

struct HooksReplayCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Deliver again from an entry of the audit log on.",
        discussion: """
            EXAMPLES
              hftml hooks replay ci --from 120
              hftml hooks replay mail --from 1
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The hook.") var name: String
    @Option(help: "The first entry to deliver again; see: hftml audit show") var from: Int

    func perform(_ context: CommandContext) async throws -> DeliveryDocument {
        DeliveryDocument(
            try await DeliverEvents().replay(name, from: from, session: try context.session()), isReplay: true)
    }
}
