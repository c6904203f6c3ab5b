import ArgumentParser

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Backups of registry, artefacts, public keys, environments and the log, that restore.",
        subcommands: [
            BackupCreateCommand.self, BackupVerifyCommand.self, BackupRestoreCommand.self, BackupDrillCommand.self,
            BackupFetchCommand.self,
        ])
}
