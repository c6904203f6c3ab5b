import ArgumentParser
import Documents
import Workflows

struct ModelsDescribeCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Say what a version or model is.",
        discussion: """
            EXAMPLES
              hftml models describe bars-cnn "Five-minute direction, US shares"
              hftml models describe bars-cnn/3 "Trained after the tick-size change"
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "NAME/VERSION, NAME@ALIAS, or a bare name for the model itself.") var reference: String
    @Argument(help: "The text.") var text: String

    func perform(_ context: CommandContext) throws -> ModelChangeDocument {
        try EditModel.describe(reference, as: text, session: try context.session())
        return .described(reference, as: text)
    }
}
