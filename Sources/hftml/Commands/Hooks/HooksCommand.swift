import ArgumentParser

struct HooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks", abstract: "Tell commands and web addresses of changes: at least once, in order, signed.",
        subcommands: [
            HooksListCommand.self, HooksAddCommand.self, HooksRemoveCommand.self, HooksDeliverCommand.self,
            HooksLogCommand.self, HooksReplayCommand.self,
        ], defaultSubcommand: HooksListCommand.self)
}
