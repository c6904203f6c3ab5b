import ArgumentParser
import Documents
import Workflows

struct ModelsDeleteCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Hide a version or model; nothing is lost, and restore brings it back.",
        discussion: """
            EXAMPLES
              hftml models delete bars-cnn/2 --reason "trained on the wrong split"
              hftml models delete old-model --reason retired
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "NAME/VERSION, NAME@ALIAS, or a bare name for the model itself.") var reference: String
    @Option(help: "Why; kept in the audit log.") var reason = ""

    func perform(_ context: CommandContext) throws -> ModelChangeDocument {
        try EditModel.delete(reference, reason: reason, session: try context.session())
        return .deleted(reference)
    }
}
