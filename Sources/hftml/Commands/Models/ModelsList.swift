import ArgumentParser
import Documents
import Workflows

struct ModelsListCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "All versions.",
        discussion: """
            EXAMPLES
              hftml models list
              hftml models list bars-cnn --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Only this model.") var model: String?

    func perform(_ context: CommandContext) throws -> VersionsDocument {
        VersionsDocument(try ListVersions.run(model: model, session: try context.session()))
    }
}
