import ArgumentParser
import Basics
import Documents
import Workflows

struct StudiesShowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "One study: its best trials, what mattered, and how far the winner can be believed.",
        discussion: """
            EXAMPLES
              hftml studies show bars-lstm --plots
              hftml studies show bars-lstm --html study.html
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The study.") var study: String
    @Flag(help: "Also history, parallel coordinates, slices and contour, or the Pareto front, here in the terminal.")
    var plots = false
    @Option(help: ArgumentHelp("Write a page with plots.", valueName: "file"), completion: .file()) var html: String?

    mutating func perform(_ context: CommandContext) throws -> StudyDocument {
        let report = try StudyReport.load(study, session: try context.session())
        let document = StudyDocument(
            study, report.history, metrics: report.metrics, evidence: report.evidence, common: report.common,
            reasons: report.reasons, hasPlots: plots)
        if let html { try AtomicFile.write(document.page.html, to: context.path(html)) }
        return document
    }
}
