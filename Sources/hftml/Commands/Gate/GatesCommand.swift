import ArgumentParser

struct GatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gates", abstract: "Verdicts that are on record: list them, show one again.",
        subcommands: [GatesListCommand.self, GatesShowCommand.self])
}
