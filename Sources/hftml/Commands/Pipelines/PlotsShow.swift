import ArgumentParser
import Documents
import Workflows

struct PlotsShowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "The plots of the workspace; --json gives Vega-Lite specifications.",
        discussion: """
            EXAMPLES
              hftml plots show
              hftml plots show --html plots.html
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Write one page with pictures.", valueName: "file"), completion: .file()) var html:
        String?

    mutating func perform(_ context: CommandContext) throws -> PlotsDocument {
        try context.plots(at: [nil], html: html)
    }
}
