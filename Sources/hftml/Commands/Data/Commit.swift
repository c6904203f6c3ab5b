import ArgumentParser
import Documents
import Workflows

struct CommitCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit",
        abstract: "Record what stands in the workspace, in pointers and locks of stages, without running.",
        discussion: """
            EXAMPLES
              hftml commit
              hftml commit Data/bars.dvc
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Pointers, data, stages or FILE:STAGE; all that changed by default.", completion: .file())
    var targets: [String] = []

    mutating func perform(_ context: CommandContext) throws -> RecordedDataDocument {
        let workspace = try context.session().workspace
        let done = try context.progress("commit") {
            try CommitData.run(targets.map(context.path), in: workspace, progress: $0, onWait: context.say)
        }
        return RecordedDataDocument(.committed, done, directory: context.directory)
    }
}
