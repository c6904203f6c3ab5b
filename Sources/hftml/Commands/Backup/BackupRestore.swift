import ArgumentParser
import Basics
import Documents
import Workflows

struct BackupRestoreCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract:
            "Make a workspace of a backup, verified before and after; exit 2 where the log is not what anchors say.",
        discussion: """
            EXAMPLES
              hftml backup restore ../backups --to ../restored
              hftml backup restore ../backups --number 1 --to ../first --signed-by Registry/keys/backup.pub.json

            The target is empty, or, with --keep-files, a clone of the project's repository that has no registry.
            Private keys do not come back: put them in place by hand. Entries of the log after the backup are
            lost; anchors in Git, or in a directory that is there, tell how many.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Where backups are kept.", completion: .directory) var directory: String
    @Option(help: "The new workspace; this directory without it.", completion: .directory) var to: String?
    @Option(help: "Which backup; the newest without it.") var number: Int?
    @Flag(help: "Into a clone: files that are there stay, and only what is missing comes.") var keepFiles = false
    @Flag(help: "A directory without a backup is no error, and nothing is done.") var ifExists = false
    @OptionGroup var signers: BackupSignerOptions

    func perform(_ context: CommandContext) throws -> Either<RestoredBackupDocument, EmptyDocument> {
        var request = RestoreBackup.Request(directory: context.path(directory), target: context.path(to ?? "."))
        (request.number, request.keepsFiles) = (number, keepFiles)
        request.keys = try signers.keys(context)
        do { return .first(RestoredBackupDocument(try RestoreBackup.run(request, caller: context.caller))) } catch let
            failure as Failure where failure.code == "backup.none" && ifExists && number == nil
        {
            context.say("there is no backup yet")
            return .second(EmptyDocument())
        }
    }
}
