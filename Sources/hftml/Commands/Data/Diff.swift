import ArgumentParser
import Documents
import Workflows

struct DiffCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say which data differs between two Git revisions, or a revision and the workspace.",
        discussion: """
            EXAMPLES
              hftml diff
              hftml diff v1.0 HEAD --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The old revision.") var old = "HEAD"
    @Argument(help: "The new revision; the workspace if not given.") var new: String?
    @Option(help: "Only below this path.", completion: .file()) var targets: [String] = []
    @Flag(help: "End with status 2 when something differs.") var exitCode = false

    mutating func perform(_ context: CommandContext) throws -> DataDifferenceDocument {
        let difference = try DiffData.run(
            from: old, to: new, targets: targets.map(context.path), in: try context.session().workspace)
        return try context.finish(
            DataDifferenceDocument(difference, refusesChanges: exitCode), difference.problems)
    }
}
