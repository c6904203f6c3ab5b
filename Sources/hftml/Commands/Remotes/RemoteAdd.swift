import ArgumentParser
import Documents
import Workflows

struct RemoteAddCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a remote.",
        discussion: """
            EXAMPLES
              hftml remote add -d storage /mnt/storage
              hftml remote add cloud s3://bucket/prefix
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var file: RemoteLevelOptions
    @Argument(help: "A name.") var name: String
    @Argument(help: "A directory, ssh://USER@HOST/PATH or s3://BUCKET/PREFIX.") var url: String
    @Flag(name: .shortAndLong, help: "Make it the default.") var `default` = false
    @Flag(name: .shortAndLong, help: "Replace a remote of this name.") var force = false

    mutating func perform(_ context: CommandContext) throws -> RemoteChangeDocument {
        let written = try ConfigureRemote.add(
            name, url: context.relative(url), isDefault: `default`, replaces: force, level: file.level,
            in: try context.session().workspace)
        return .added(name: name, url: written, isDefault: `default`)
    }
}
