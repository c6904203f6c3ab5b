import ArgumentParser
import Documents
import Workflows

struct EnvironmentsListCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Environments with the number, policy and end of their documents.",
        discussion: """
            EXAMPLES
              hftml environments list
              hftml environments list --json
            """)

    @OptionGroup var common: CommonOptions

    func perform(_ context: CommandContext) throws -> EnvironmentsDocument {
        EnvironmentsDocument(try ListEnvironments.run(session: try context.session()))
    }
}
