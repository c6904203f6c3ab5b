import ArgumentParser
import Basics
import Documents

enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case json, junit, markdown, html
    case gitlabCodeQuality = "gitlab-codequality"
}

/// Where a check or a gate puts its report.
struct ReportOptions: ParsableArguments {
    @Option(help: "Format of the document written to --output or stdout.") var report: ReportFormat?
    @Option(name: .shortAndLong, help: "Where the document goes; stdout by default.", completion: .file()) var output:
        String?
    @Option(help: ArgumentHelp("Also write JUnit XML here.", valueName: "file"), completion: .file()) var junit: String?
}

/// A report as the user wants it: a document in a format, JSON, or a list of rules.
struct CheckReportOutput: Document {
    private let document: CheckReportDocument
    /// The document that was asked for on stdout.
    private let printed: String?

    /// Writes the files that the options name.
    ///
    /// - Parameter signature: who vouches for the report, for people and for machines.
    init(
        _ report: CheckReport, _ options: ReportOptions, signature: (text: String, json: JSONValue)? = nil,
        _ context: CommandContext
    ) throws {
        document = CheckReportDocument(report, evidenceLines: context.common.quiet ? 0 : 5, signature: signature)
        if let junit = options.junit { try AtomicFile.write(report.text(.junit), to: context.path(junit)) }
        let format = options.report.flatMap { CheckReport.Format(rawValue: $0.rawValue) }
        if let output = options.output {
            try AtomicFile.write(report.text(format ?? .json), to: context.path(output))
        }
        printed = options.output == nil ? format.map(report.text) : nil
    }

    var isVerbatim: Bool { printed != nil }
    var isRefusal: Bool { document.isRefusal }
    var body: JSONValue { document.body }
    func text(_ style: TextStyle) -> String {
        printed.map { $0.last == "\n" ? String($0.dropLast()) : $0 } ?? document.text(style)
    }
}
