import ArgumentParser
import Basics
import Documents
import Workflows

struct RunsPlotCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Metric histories of runs: in the terminal, or as one HTML page.",
        discussion: """
            EXAMPLES
              hftml runs plot latest
              hftml runs plot 3f2a 91cc --metric val.loss --html runs.html
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Runs: id prefixes, names, or latest.") var runs: [String]
    @Option(help: "Only this metric; may be given several times. Without it, all that have a history.") var metric:
        [String] = []
    @Option(help: ArgumentHelp("Write one page with pictures.", valueName: "file"), completion: .file()) var html:
        String?

    mutating func perform(_ context: CommandContext) throws -> RunCurvesDocument {
        let found = try ReadRuns.curves(runs, metrics: metric, session: try context.session())
        let document = RunCurvesDocument(runs: found.runs, curves: found.curves)
        if let html {
            try AtomicFile.write(document.page.html, to: context.path(html))
            context.terminal.say("wrote \(html)")
        }
        return document
    }
}
