import ArgumentParser
import Documents
import Workflows

struct RemoteModifyCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "modify", abstract: "Set or unset an option of a remote.",
        discussion: """
            EXAMPLES
              hftml remote modify cloud endpointurl http://127.0.0.1:9000
              hftml remote modify --local cloud secret_access_key SECRET
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var file: RemoteLevelOptions
    @Argument(help: "The remote.") var name: String
    @Argument(help: "The option.") var option: String
    @Argument(help: "Its value; none to unset it.") var value: String?
    @Flag(name: .shortAndLong, help: "Unset the option.") var unset = false

    mutating func perform(_ context: CommandContext) throws -> RemoteChangeDocument {
        let isPath = option.lowercased() == "url"
        try ConfigureRemote.modify(
            name, option: option, value: isPath ? value.map(context.relative) : value, isUnset: unset,
            level: file.level, in: try context.session().workspace)
        return .option(remote: name, name: option.lowercased())
    }
}
