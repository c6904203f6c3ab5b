import ArgumentParser
import Documents
import Workflows

struct EnvironmentsShowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "The signed document, who signed it, and what the files say otherwise by now; exit 2 when it ended.",
        discussion: """
            EXAMPLES
              hftml environments show paper
              hftml environments show paper --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var name: String

    func perform(_ context: CommandContext) throws -> EnvironmentDocument {
        EnvironmentDocument(try ShowEnvironment.run(name, session: try context.session()))
    }
}
