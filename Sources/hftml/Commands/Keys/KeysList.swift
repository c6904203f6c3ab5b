import ArgumentParser
import Documents
import Workflows

struct KeysListCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Keys of this project and of its environments.",
        discussion: """
            EXAMPLES
              hftml keys list
              hftml keys list --json
            """)

    @OptionGroup var common: CommonOptions

    func perform(_ context: CommandContext) throws -> KeysDocument {
        KeysDocument(try ListKeys.run(session: try context.session()))
    }
}
