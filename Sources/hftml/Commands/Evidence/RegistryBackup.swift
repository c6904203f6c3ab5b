import ArgumentParser
import Documents
import Workflows

struct RegistryBackupCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the registry while others may write.",
        discussion: """
            EXAMPLES
              hftml registry backup registry-backup.sqlite
              hftml registry backup /backup/registry.sqlite
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The copy; must not exist.", completion: .file()) var file: String

    func perform(_ context: CommandContext) throws -> WrittenFileDocument {
        try QueryRegistry.backUp(to: context.path(file), session: try context.session())
        return WrittenFileDocument("backup", file)
    }
}
