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
            keeps who said so and why, and goes on. What was decided in between has to be decided again. It cannot be
            taken back: on a terminal the command shows what is wrong with the record, and asks.

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
        let session = try context.session()
        try context.common.confirmFinal("Give up what is lost, for good?") {
            let problems = try VerifyRecord.run(session: session)
            return
                ([
                    problems.isEmpty
                        ? "the record is whole as far as this machine can tell" : "what is wrong with the record now:"
                ] + problems.map { "  \($0)" } + [
                    "with '\(key)' you sign that all heads of the log which do not fit it name entries that are lost: "
                        + "what was decided in them has to be decided again, and a copy that turns up later does not "
                        + "bring them back"
                ]).joined(separator: "\n")
        }
        return AcceptedLossDocument(try AcceptLoss.run(as: key, reason: reason, session: session))
    }
}
