import ArgumentParser
import Documents
import Workflows

struct RunsDeleteCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Hide a run. It stays counted as a trial, and restore brings it back.",
        discussion: """
            EXAMPLES
              hftml runs delete 3f2a --reason "wrong data"
              hftml runs delete latest --reason "a mistake"
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "An id prefix, a name, or latest.") var run: String
    @Option(help: "Why; kept in the audit log.") var reason = ""

    mutating func perform(_ context: CommandContext) throws -> RunChangeDocument {
        .deleted(try EditRun.delete(run, reason: reason, session: try context.session()))
    }
}
