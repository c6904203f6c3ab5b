import ArgumentParser

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Signing keys, whose they are, and who trusts them.",
        subcommands: [
            KeysGenerateCommand.self, KeysImportCommand.self, KeysListCommand.self, KeysTrustCommand.self,
            KeysRevokeCommand.self, KeysMoveCommand.self,
        ])
}
