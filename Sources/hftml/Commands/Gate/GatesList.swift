import ArgumentParser
import Documents
import Workflows

struct GatesListCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Verdicts on record, newest first, each with the rules that failed.",
        discussion: """
            EXAMPLES
              hftml gates list
              hftml gates list bars-cnn --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Only of this model, or of this version.") var subject: String?

    func perform(_ context: CommandContext) throws -> DecisionListDocument {
        DecisionListDocument(try ListDecisions.run(subject, session: try context.session()))
    }
}
