import ArgumentParser
import Documents
import Workflows

struct AuditClockCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Enter that the clock is right, after entries were dated ahead of it.",
        discussion: """
            Entries are never dated more than a minute before the one that they follow, so a clock that was wrong
            once stops every change. This enters when it was set right, by whom and why; later entries go on from there.

            EXAMPLES
              hftml audit clock --reason "the machine started in 2035, its battery was empty"
              hftml audit clock --reason "the time server was wrong until noon" --json
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "Why the clock was wrong, for those who read the log.")
    var reason: String

    func perform(_ context: CommandContext) throws -> ClockDocument {
        ClockDocument(try SetClock.run(reason: reason, session: try context.session()))
    }
}
