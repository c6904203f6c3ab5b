import ArgumentParser
import Documents
import Workflows

struct RemoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote", abstract: "Manage remote storages: directories, SSH, S3.",
        subcommands: [
            RemoteAddCommand.self, RemoteListCommand.self, RemoteDefaultCommand.self, RemoteModifyCommand.self,
            RemoteRemoveCommand.self,
        ])
}
