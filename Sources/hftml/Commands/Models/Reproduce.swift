import ArgumentParser
import Documents
import Workflows

struct ReproduceCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce",
        abstract: """
            Make a version again from code, data, recipe and seed of its run, and compare digests; exit 2 when they \
            differ.
            """,
        discussion: """
            EXAMPLES
              hftml reproduce bars-cnn/3
              hftml reproduce bars-cnn@champion --features f.safetensors --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(
        help: "The features the version was trained on, in place of making them again from the run's commit.",
        completion: .file()) var features: String?

    func perform(_ context: CommandContext) throws -> ReproducedVersionDocument {
        ReproducedVersionDocument(
            try ReproduceVersion.run(
                reference, features: features.map(context.path), session: try context.session()))
    }
}
