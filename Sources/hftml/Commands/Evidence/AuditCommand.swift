import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The tamper-evident log.",
        subcommands: [
            AuditShowCommand.self, AuditVerifyCommand.self, AuditAnchorCommand.self, AuditProveCommand.self,
            AuditAcceptLossCommand.self, AuditClockCommand.self,
        ], defaultSubcommand: AuditShowCommand.self)
}
