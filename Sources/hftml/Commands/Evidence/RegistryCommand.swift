import ArgumentParser

struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "SQL, schema, history, backup and check of the registry.",
        subcommands: [
            RegistryQueryCommand.self, RegistrySchemaCommand.self, RegistryAtCommand.self, RegistryBackupCommand.self,
            RegistryVerifyCommand.self, RegistryImportMLflowCommand.self,
        ])
}
