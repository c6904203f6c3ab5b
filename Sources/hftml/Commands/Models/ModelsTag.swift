import ArgumentParser
import Documents
import Workflows

struct ModelsTagCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Set or remove tags of a version, or of a model.",
        discussion: """
            EXAMPLES
              hftml models tag bars-cnn/3 tier=1 desk=equities
              hftml models tag bars-cnn/3 --remove tier
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "NAME/VERSION, NAME@ALIAS, or a bare name for the model itself.") var reference: String
    @Argument(help: "key=value.") var tags: [String] = []
    @Option(help: "Remove this tag.") var remove: [String] = []

    func perform(_ context: CommandContext) throws -> TagsDocument {
        TagsDocument(try EditModel.tag(reference, set: tags, remove: remove, session: try context.session()))
    }
}
