import ArgumentParser
import Documents
import Workflows

struct MetricsShowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "The metrics of the workspace or of a revision.",
        discussion: """
            EXAMPLES
              hftml metrics show
              hftml metrics show HEAD~1 --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A revision; the workspace if not given.") var revision: String?

    mutating func perform(_ context: CommandContext) throws -> MetricsDocument {
        let (files, problems) = try CompareValues.metrics(at: revision, in: try context.session().workspace)
        for item in problems { context.say("  ! left out \(item.file): \(item.text)") }
        return MetricsDocument(files, problems: problems, revision: revision)
    }
}
