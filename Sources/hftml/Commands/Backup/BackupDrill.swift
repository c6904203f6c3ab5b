import ArgumentParser
import Documents
import Workflows

struct BackupDrillCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Restore a backup for a trial, verify all of it, and say how long it took; exit 1 if anything fails.",
        discussion: """
            EXAMPLES
              hftml backup drill ../backups
              hftml backup drill ../backups --in .. --json

            Files, log, tables and the weights of every version are read. The recovery time (RTO) is what that took, the
            recovery point (RPO) the age of the backup. Nothing is left behind.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Where backups are kept.", completion: .directory) var directory: String
    @Option(help: "Which backup; the newest without it.") var number: Int?
    @Option(
        name: .customLong("in"), help: ArgumentHelp("Where there is room for it.", valueName: "dir"),
        completion: .directory)
    var place: String?
    @OptionGroup var signers: BackupSignerOptions

    func perform(_ context: CommandContext) throws -> BackupDrillDocument {
        BackupDrillDocument(
            try DrillBackup.run(
                context.path(directory), number: number, keys: try signers.keys(context),
                in: place.map(context.path), caller: context.caller))
    }
}
