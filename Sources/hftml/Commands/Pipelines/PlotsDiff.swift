import ArgumentParser
import Documents
import Workflows

struct PlotsDiffCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Plots of several revisions in one chart; --json gives Vega-Lite specifications.",
        discussion: """
            EXAMPLES
              hftml plots diff
              hftml plots diff v1.0 main --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Revisions; HEAD and the workspace if none is given.") var revisions: [String] = []

    @Option(help: ArgumentHelp("Write one page with pictures.", valueName: "file"), completion: .file()) var html:
        String?

    mutating func perform(_ context: CommandContext) throws -> PlotsDocument {
        let sides: [String?] =
            revisions.isEmpty ? ["HEAD", nil] : revisions.count == 1 ? [revisions[0], nil] : revisions.map { $0 }
        return try context.plots(at: sides, html: html)
    }
}
