import ArgumentParser
import Documents
import Workflows

struct InboxCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox",
        abstract: "What waits for you: approvals, waivers and keys that end, promotions without a receipt, documents.",
        discussion: """
            EXAMPLES
              hftml inbox --as bob
              hftml inbox --as bob --json
            """)

    @OptionGroup var common: CommonOptions
    @Option(name: .customLong("as"), help: "A name, as keys have it; yours by default.") var person: String?

    func perform(_ context: CommandContext) throws -> InboxDocument {
        InboxDocument(try Inbox.run(as: person, session: try context.session()))
    }
}
