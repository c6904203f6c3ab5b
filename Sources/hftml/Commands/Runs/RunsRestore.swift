import ArgumentParser
import Documents
import Workflows

struct RunsRestoreCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring a deleted run back.",
        discussion: """
            EXAMPLES
              hftml runs list --deleted
              hftml runs restore 3f2a
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "An id prefix.") var run: String

    mutating func perform(_ context: CommandContext) throws -> RunChangeDocument {
        .restored(try EditRun.restore(run, session: try context.session()))
    }
}
