import ArgumentParser
import Basics
import Documents
import Workflows

struct BackupVerifyCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Read every file of every backup again; exit 2 and its name for each that is flipped, missing or extra.",
        discussion: """
            EXAMPLES
              hftml backup verify ../backups
              hftml backup verify ../backups --signed-by Registry/keys/backup.pub.json

            Without --signed-by the digests alone are compared: whoever can write the directory can write others.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Where backups are kept.", completion: .directory) var directory: String
    @OptionGroup var signers: BackupSignerOptions

    func perform(_ context: CommandContext) throws -> VerifiedBackupDocument {
        VerifiedBackupDocument(
            try VerifyBackup.run(
                context.path(directory), keys: try signers.keys(context), at: context.caller.clock.now()))
    }
}
