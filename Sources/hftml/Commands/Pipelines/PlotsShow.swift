import ArgumentParser
import Documents
import Workflows

struct PlotsShowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "The plots of the workspace; --json gives Vega-Lite specifications.",
        discussion: """
            EXAMPLES
              hftml plots show
              hftml plots show --json
            """)

    @OptionGroup var common: CommonOptions

    mutating func perform(_ context: CommandContext) throws -> PlotsDocument {
        PlotsDocument(try CompareValues.plots(at: [nil], in: try context.session().workspace))
    }
}
