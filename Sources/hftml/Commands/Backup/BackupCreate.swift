import ArgumentParser
import Documents
import Workflows

struct BackupCreateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Add a backup to a directory while everybody goes on writing; only what is new is copied.",
        discussion: """
            EXAMPLES
              hftml backup create ../backups
              hftml backup create /mnt/backup/desk --key backup --json

            The registry as it is at one moment, artefacts by their digest, public keys, policies, cards, environments,
            documents of promotions, and every signed head of the log. Never a private key. A manifest names all of it
            by SHA-256, and the manifest before; with --key it is signed. A backup that is killed leaves those before it
            whole. What the registry names and is not there is told, with exit status 1.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Where backups are kept; made if it is missing.", completion: .directory) var directory: String
    @Option(help: "The private key that vouches for it: a name of hftml keys, or a file.", completion: .file())
    var key: String?

    func perform(_ context: CommandContext) throws -> CreatedBackupDocument {
        CreatedBackupDocument(
            try CreateBackup.run(context.path(directory), key: key, session: try context.session()))
    }
}
