import ArgumentParser
import Documents
import Workflows

struct ModelsRegisterCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Make a version from a finished run.",
        discussion: """
            EXAMPLES
              hftml models register latest --name bars-cnn
              hftml models register out/bars-cnn --name bars-cnn -o version.json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A run, or the directory that training wrote.") var run: String
    @Option(help: "The model's name.") var name: String
    @Option(name: .shortAndLong, help: "Write the version's identity here.", completion: .file()) var output: String?

    func perform(_ context: CommandContext) throws -> VersionDocument {
        VersionDocument(
            try RegisterModel.run(run, name: name, output: output.map(context.path), session: try context.session()))
    }
}
