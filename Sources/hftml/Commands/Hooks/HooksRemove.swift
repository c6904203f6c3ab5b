import ArgumentParser
import Documents
import Workflows

struct HooksRemoveCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a hook and its delivery log.",
        discussion: """
            EXAMPLES
              hftml hooks remove mail
              hftml hooks remove ci --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The hook.") var name: String

    func perform(_ context: CommandContext) throws -> RemovedHookDocument {
        try ManageHooks.remove(name, session: try context.session())
        return RemovedHookDocument(name)
    }
}
