import ArgumentParser
import Documents
import Workflows

struct AuditAcceptLossCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept-loss",
        abstract: "Say, with a root key, that entries which anchors tell of are lost for good.",
        discussion: """
            A registry that came back from a backup older than the newest anchor is refused by every promotion, since
            entries are missing that were vouched for. First look for a newer copy. Where there is none, as many root
            persons as sign a document of every environment name the heads that nobody has entries for; the log
            keeps who said so and why, and goes on. What was decided in between has to be decided again.

            EXAMPLES
              hftml audit accept-loss --as ann --reason "disk of the registry failed, newest backup of Monday"
              hftml audit accept-loss --as ben --reason "seen with ann" --json
            """)

    @OptionGroup var common: CommonOptions

    @Option(name: .customLong("as"), help: "Root key that signs: its name, or a file.")
    var key: String

    @Option(help: "Why they are lost, for those who read the log.")
    var reason: String

    func perform(_ context: CommandContext) throws -> AcceptedLossDocument {
        AcceptedLossDocument(try AcceptLoss.run(as: key, reason: reason, session: try context.session()))
    }
}
