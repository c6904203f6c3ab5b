import ArgumentParser
import Basics
import Documents

/// Where a check or a gate puts its reports.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Format of the document written to --output or stdout; FORMAT=FILE, several times, for files of their own.",
            valueName: "format"))
    var report: [ReportRequest] = []
    @Option(name: .shortAndLong, help: "Where the document goes; stdout by default.", completion: .file()) var output:
        String?
    @Option(help: ArgumentHelp("Also write JUnit XML here.", valueName: "file"), completion: .file()) var junit: String?

    func validate() throws {
        guard report.count(where: { $0.file == nil }) <= 1 else {
            throw ValidationError("found several --report for one place, expected --report FORMAT=FILE for each")
        }
    }
}

/// A report as the user wants it: a document in a format, JSON, or a list of rules.
struct CheckReportOutput: Document {
    private let document: CheckReportDocument
    /// The document that was asked for on stdout.
    private let printed: String?

    /// Writes the files that the options name.
    ///
    /// - Parameters:
    ///   - place: the file of the project that says what was asked.
    ///   - signature: who vouches for the report, for people and for machines.
    init(
        _ report: CheckReport, _ options: ReportOptions, at place: String? = nil,
        signature: (text: String, json: JSONValue)? = nil, _ context: CommandContext
    ) throws {
        document = CheckReportDocument(report, evidenceLines: context.common.quiet ? 0 : 5, signature: signature)
        if let junit = options.junit { try AtomicFile.write(report.text(.junit), to: context.path(junit)) }
        for request in options.report {
            if let file = request.file {
                try AtomicFile.write(report.text(request.format, at: place), to: context.path(file))
            }
        }
        let format = options.report.first { $0.file == nil }?.format
        if let output = options.output {
            try AtomicFile.write(report.text(format ?? .json, at: place), to: context.path(output))
        }
        printed = options.output == nil ? format.map { report.text($0, at: place) } : nil
    }

    var isVerbatim: Bool { printed != nil }
    var isRefusal: Bool { document.isRefusal }
    var body: JSONValue { document.body }
    func text(_ style: TextStyle) -> String {
        printed.map { $0.last == "\n" ? String($0.dropLast()) : $0 } ?? document.text(style)
    }
}
