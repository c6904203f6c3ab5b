import ArgumentParser
import Documents
import Workflows

struct ModelsRestoreCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring a deleted version or model back.",
        discussion: """
            EXAMPLES
              hftml models restore bars-cnn/2
              hftml models restore old-model --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "NAME/VERSION, or a bare name for the model itself.") var reference: String

    func perform(_ context: CommandContext) throws -> ModelChangeDocument {
        try EditModel.restore(reference, session: try context.session())
        return .restored(reference)
    }
}
