import ArgumentParser
import Documents
import Workflows

struct ModelsShowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One version, its run's measures, and the gate's verdict.",
        discussion: """
            EXAMPLES
              hftml models show bars-cnn/1
              hftml models show bars-cnn@champion
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "NAME/VERSION, NAME@ALIAS, or a bare name for the newest.") var reference: String

    func perform(_ context: CommandContext) throws -> VersionDetailDocument {
        VersionDetailDocument(try ShowVersion.run(reference, session: try context.session()))
    }
}
