import ArgumentParser
import Documents
import Workflows

struct ModelsAliasCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias", abstract: "Point an alias at a version.",
        discussion: """
            EXAMPLES
              hftml models alias bars-cnn/2 challenger
              hftml models alias bars-cnn/2 challenger --expect 1 --reason "better out of sample"
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The version.") var reference: String
    @Argument(help: "The alias.") var alias: String
    @Option(help: "Why; kept in the audit log.") var reason = ""
    @Option(help: "The version that the alias must point at now, or none; refused with exit 2 if somebody moved it.")
    var expect: String?

    func perform(_ context: CommandContext) throws -> AliasDocument {
        AliasDocument(
            alias,
            try MoveAlias.run(
                alias, to: reference, reason: reason, expected: expect, session: try context.session()))
    }
}
