import ArgumentParser

struct GatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gates",
        abstract: "Verdicts that are on record: list, show; and the rules that a policy may name.",
        subcommands: [GatesListCommand.self, GatesShowCommand.self, GatesRulesCommand.self])
}
