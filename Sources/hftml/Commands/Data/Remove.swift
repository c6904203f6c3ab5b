import ArgumentParser
import Documents
import Workflows

struct RemoveCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take data out of version control; the data itself stays unless --outs is given.",
        discussion: """
            EXAMPLES
              hftml remove Data/bars.dvc
              hftml remove Data/bars --outs
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers, or the data behind them.", completion: .file()) var targets: [String]
    @Flag(help: "Remove the data in the workspace too; the cache keeps it.") var outs = false
    @Flag(help: "Say what would go; remove nothing.") var dryRun = false

    mutating func perform(_ context: CommandContext) throws -> RemovedDataDocument {
        let session = try context.session()
        let removed = try RemoveData.run(
            targets.map(context.path), removesData: outs, isDryRun: dryRun, in: session.workspace,
            registry: session.registry, onWait: context.say)
        return RemovedDataDocument(removed, isDryRun: dryRun, root: session.root)
    }
}
