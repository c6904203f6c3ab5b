import ArgumentParser
import Documents
import Workflows

struct UpdateCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Read imported data from its source again.",
        discussion: """
            EXAMPLES
              hftml update Data/prices.csv.dvc
              hftml update Data/bars.dvc --rev v2.0
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers of imports.", completion: .file()) var targets: [String]
    @Option(help: "Another revision of the source repository.") var rev: String?

    mutating func perform(_ context: CommandContext) throws -> ImportedDataDocument {
        let workspace = try context.session().workspace
        let updated = try context.progress("update") {
            try UpdateData.run(
                targets.map(context.path), revision: rev, in: workspace, progress: $0, onWait: context.say)
        }
        return ImportedDataDocument(updated, isUpdate: true, directory: context.directory)
    }
}
