import ArgumentParser
import Documents
import Workflows

struct RunsShowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One run: what decided it and what came out.",
        discussion: """
            EXAMPLES
              hftml runs show latest
              hftml runs show 3f2a --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "An id prefix, a name, or latest.") var run: String

    mutating func perform(_ context: CommandContext) throws -> RunDocument {
        RunDocument(try ReadRuns.show(run, session: try context.session()))
    }
}
