import ArgumentParser
import Documents
import Workflows

struct RemoteListCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the remotes.",
        discussion: """
            EXAMPLES
              hftml remote list
              hftml remote list --json
            """)

    @OptionGroup var common: CommonOptions

    mutating func perform(_ context: CommandContext) throws -> RemoteListDocument {
        let workspace = try context.session().workspace
        return RemoteListDocument(
            try ConfigureRemote.list(in: workspace), defaultRemote: ConfigureRemote.defaultRemote(in: workspace))
    }
}
