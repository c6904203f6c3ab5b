import ArgumentParser
import Documents
import Workflows

struct AddCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Put files or directories under version control, as DVC does.",
        discussion: """
            EXAMPLES
              hftml add Data/bars
              hftml add Data/demo-market --recipe-simulate demo-market.yaml
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files or directories.", completion: .file()) var paths: [String]
    @Option(
        help: ArgumentHelp(
            "Record that `simulate market` with this configuration, beside the data, makes these bytes again.",
            valueName: "config"))
    var recipeSimulate: String?
    @Flag(help: "Say what would be added; write nothing.") var dryRun = false

    mutating func perform(_ context: CommandContext) throws -> Either<PlannedDataDocument, RecordedDataDocument> {
        let workspace = try context.session().workspace, paths = paths.map(context.path)
        if dryRun { return .first(PlannedDataDocument(try AddData.plan(paths, in: workspace))) }
        let added = try context.progress("add") {
            try AddData.run(paths, simulation: recipeSimulate, in: workspace, progress: $0, onWait: context.say)
        }
        if !common.json { context.say("next: git add the .dvc and .gitignore files") }
        return .second(RecordedDataDocument(.added, added, directory: context.directory))
    }
}
