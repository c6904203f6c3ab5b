import ArgumentParser

struct EnvironmentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "environments",
        abstract: "What may run where, under which policy, signed by whom: the signed documents of environments.",
        subcommands: [
            EnvironmentsListCommand.self, EnvironmentsInitCommand.self, EnvironmentsShowCommand.self,
            EnvironmentsSignCommand.self, EnvironmentsPinCommand.self, EnvironmentsDeliverCommand.self,
        ], defaultSubcommand: EnvironmentsListCommand.self)
}
