import ArgumentParser
import Documents
import Workflows

struct RollbackCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Put the bundle before the present one back in force.",
        discussion: """
            EXAMPLES
              hftml rollback paper
              hftml rollback paper --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var environment: String

    func perform(_ context: CommandContext) throws -> RollbackDocument {
        RollbackDocument(try RollBack.run(environment, session: try context.session()))
    }
}
