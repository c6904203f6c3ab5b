import ArgumentParser
import Documents
import Workflows

struct EnvironmentsDeliverCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver",
        abstract: "Bring an environment's signed documents to a further host of it.",
        discussion: """
            The host has pinned the root keys before (hftml-runtime init DIRECTORY --root FILE), and follows the
            documents from there. What runs at that host is promoted with its directory: hftml promote … --to DIRECTORY

            EXAMPLES
              hftml environments deliver paper --to ../paper-host-2
              hftml environments deliver paper --to ../paper-host-2 --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var name: String
    @Option(help: "The host's directory.", completion: .directory) var to: String

    func perform(_ context: CommandContext) throws -> EnvironmentDeliveryDocument {
        EnvironmentDeliveryDocument(
            try DeliverDocuments.run(name, to: context.path(to), session: try context.session()))
    }
}
