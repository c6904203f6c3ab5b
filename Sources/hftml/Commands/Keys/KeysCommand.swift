import ArgumentParser

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Signing keys, and which environment trusts them.",
        subcommands: [
            KeysGenerateCommand.self, KeysListCommand.self, KeysTrustCommand.self, KeysRevokeCommand.self,
        ])
}
