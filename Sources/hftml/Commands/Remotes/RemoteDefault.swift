import ArgumentParser
import Documents
import Workflows

struct RemoteDefaultCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "default", abstract: "Show or set the default remote.",
        discussion: """
            EXAMPLES
              hftml remote default
              hftml remote default storage
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var file: RemoteLevelOptions
    @Argument(help: "The remote.") var name: String?
    @Flag(help: "Have no default.") var unset = false

    mutating func perform(_ context: CommandContext) throws -> RemoteChangeDocument {
        let workspace = try context.session().workspace
        guard unset || name != nil else { return .defaultRemote(ConfigureRemote.defaultRemote(in: workspace)) }
        let chosen = unset ? nil : name
        try ConfigureRemote.setDefault(chosen, level: file.level, in: workspace)
        return .defaultRemote(chosen)
    }
}
