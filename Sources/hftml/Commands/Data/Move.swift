import ArgumentParser
import Documents
import Workflows

struct MoveCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Rename data together with its pointer.",
        discussion: """
            EXAMPLES
              hftml move Data/bars Data/bars-5min
              hftml move Data/bars.dvc Archive/
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A pointer, or the data behind it.", completion: .file()) var source: String
    @Argument(help: "The new path, or a directory to move into.", completion: .file()) var target: String

    mutating func perform(_ context: CommandContext) throws -> RecordedDataDocument {
        let moved = try MoveData.run(
            context.path(source), to: context.path(target), in: try context.session().workspace, onWait: context.say)
        return RecordedDataDocument(.moved, [moved], directory: context.directory)
    }
}
