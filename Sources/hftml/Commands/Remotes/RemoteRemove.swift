import ArgumentParser
import Documents
import Workflows

struct RemoteRemoveCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget a remote; what it stores stays.",
        discussion: """
            EXAMPLES
              hftml remote remove storage
              hftml remote remove --local cloud
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var file: RemoteLevelOptions
    @Argument(help: "The remote.") var name: String

    mutating func perform(_ context: CommandContext) throws -> RemoteChangeDocument {
        try ConfigureRemote.remove(name, level: file.level, in: try context.session().workspace)
        return .removed(name)
    }
}
