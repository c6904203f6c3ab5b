import ArgumentParser
import Documents
import Workflows

struct BackupFetchCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Bring the newest backup from an address that serves a directory of them.",
        discussion: """
            EXAMPLES
              hftml backup fetch https://backups.example.com/desk ../fetched
              hftml backup fetch $URL/raw/backups in --query job=promote --header-from JOB-TOKEN=CI_JOB_TOKEN

            Every file is compared with its SHA-256. Headers go to the address's own host alone. Who made the backup
            says hftml backup verify DIR --signed-by KEY, and restore asks the same.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The address of the directory.") var address: String
    @Argument(help: "Where it comes to; empty, or with the same backup.", completion: .directory) var directory: String
    @Flag(help: "An address without a backup is no error.") var ifExists = false
    @OptionGroup var source: WebSourceOptions

    func perform(_ context: CommandContext) async throws -> FetchedBackupDocument {
        var address = address
        while address.hasSuffix("/") { address.removeLast() }
        return FetchedBackupDocument(
            try await FetchBackup.run(
                address, to: context.path(directory), with: try source.fetch(context), isOptional: ifExists))
    }
}
