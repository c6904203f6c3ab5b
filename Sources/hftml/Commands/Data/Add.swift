import ArgumentParser
import Documents
import Workflows

struct AddCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Put files or directories under version control, as DVC does.",
        discussion: """
            EXAMPLES
              hftml add Data/bars
              hftml add Data/daily --each '{date:%Y-%m-%d}_{symbol}.csv.gz' --closed-before 2025-01-01
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files or directories.", completion: .file()) var paths: [String]
    @Option(
        help: ArgumentHelp(
            "Record that `simulate market` with this configuration, beside the data, makes these bytes again.",
            valueName: "config"))
    var recipeSimulate: String?
    @Option(
        help: ArgumentHelp(
            "How the files of a directory are named, with typed fields: {date:%Y-%m-%d}, {symbol}, {n:int}.",
            valueName: "pattern"))
    var each: String?
    @Option(
        help: ArgumentHelp("Days before this one are closed: they change only with --revise.", valueName: "day"))
    var closedBefore: String?
    @Option(
        help: ArgumentHelp("Why closed days change or partitions go; kept in the audit log.", valueName: "reason"))
    var revise: String?
    @OptionGroup var partitions: PartitionOptions
    @Flag(help: "Say what would be added; write nothing.") var dryRun = false

    mutating func perform(_ context: CommandContext) throws -> Either<PlannedDataDocument, RecordedDataDocument> {
        let session = try context.session(), workspace = session.workspace, paths = paths.map(context.path)
        let order = AddData.Partitions(
            each: each, closedBefore: closedBefore, revise: revise, conditions: partitions.conditions)
        if dryRun { return .first(PlannedDataDocument(try AddData.plan(paths, partitions: order, in: workspace))) }
        let added = try context.progress("add") {
            try AddData.run(
                paths, simulation: recipeSimulate, partitions: order, in: workspace, registry: session.registry,
                progress: $0, onWait: context.say)
        }
        if !common.json { context.say("next: git add the .dvc and .gitignore files") }
        return .second(RecordedDataDocument(.added, added, directory: context.directory))
    }
}
