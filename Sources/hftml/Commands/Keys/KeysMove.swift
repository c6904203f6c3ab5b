import ArgumentParser
import Documents
import Workflows

struct KeysMoveCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Move private keys out of the workspace into your own directory.",
        discussion: """
            EXAMPLES
              hftml keys move
              hftml keys move --json
            """)

    @OptionGroup var common: CommonOptions

    func perform(_ context: CommandContext) throws -> MovedKeysDocument {
        let moved = try PrivateKeys.move(asksPassphrase: true, session: try context.session())
        return MovedKeysDocument(moved.names, directory: moved.directory)
    }
}
