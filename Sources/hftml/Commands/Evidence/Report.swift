import ArgumentParser
import Basics
import Documents
import Workflows

struct ReportCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "One page for compliance: card, verdict, statements, lineage, deployments and what it earned.",
        discussion: """
            EXAMPLES
              hftml report bars-cnn/1 -o report.html
              hftml report --since 2026-01-01 --until 2026-12-31 -o year.html

            The page needs nothing else and can be printed. It asks what SR 26-2 (formerly SR 11-7) asks, and says where
            the audit log stood and what of it is anchored outside.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version; without one, a span of time.") var reference: String?
    @Option(help: ArgumentHelp("The first day of the span, UTC.", valueName: "2026-01-01")) var since: String?
    @Option(help: ArgumentHelp("Its last day; until now by default.", valueName: "2026-12-31")) var until: String?
    @Option(name: .shortAndLong, help: "Where the page goes; stdout by default.", completion: .file())
    var output: String?

    func validate() throws {
        guard (reference == nil) != (since == nil), until == nil || since != nil else {
            throw ValidationError("name a version, or a span with --since and perhaps --until")
        }
    }

    func perform(_ context: CommandContext) throws -> ReportDocument {
        let session = try context.session()
        let report =
            try reference.map { try ReportVersion.run($0, session: session) }
            ?? ReportVersion.run(since: since ?? "", until: until, session: session)
        if let output { try AtomicFile.write(ReportDocument(report, asPage: true).page.html, to: context.path(output)) }
        return ReportDocument(report, asPage: output == nil && !common.json)
    }
}
