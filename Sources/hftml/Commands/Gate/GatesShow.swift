import ArgumentParser
import Basics
import Documents
import Workflows

struct GatesShowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "A verdict on record, rule by rule; nothing is judged again.",
        discussion: """
            EXAMPLES
              hftml gates show bars-cnn/1
              hftml gates show bars-cnn/1 --report gitlab-codequality -o gl-code-quality-report.json

            The exit status is 0 for a verdict that refused as well: the verdict is what was asked for.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(help: ArgumentHelp("Another verdict than the newest, as gates list has it.", valueName: "digest"))
    var decision: String?
    @Option(help: "Format of the document written to --output or stdout.") var report: ReportFormat?
    @Option(name: .shortAndLong, help: "Where the document goes; stdout by default.", completion: .file())
    var output: String?

    func perform(_ context: CommandContext) throws -> Either<WrittenFileDocument, RecordedDecisionDocument> {
        let recorded = try ShowDecision.run(reference, decision: decision, session: try context.session())
        let format = report.flatMap { CheckReport.Format(rawValue: $0.rawValue) }
        guard let output else { return .second(RecordedDecisionDocument(recorded, as: format)) }
        try AtomicFile.write(RecordedDecisionDocument(recorded).file(format ?? .json), to: context.path(output))
        return .first(WrittenFileDocument("file", output))
    }
}

/// Forms of a verdict on record.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case json, junit, markdown, html
    case gitlabCodeQuality = "gitlab-codequality"
}
