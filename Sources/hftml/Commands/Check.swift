import ArgumentParser
import Basics
import Documents
import Foundation
import Workflows

struct CheckCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check bar files against a suite of expectations; exit 2 if one of severity error fails.",
        discussion: """
            EXAMPLES
              hftml check Pipelines/demo/quality.yaml Data/demo-market
              hftml check quality.yaml bars/ --report junit -o report.xml
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "YAML with expectations.", completion: .file()) var suite: String
    @Argument(help: "Files or directories of bars.", completion: .file()) var data: [String]
    @Option(help: "YAML with zone, interval and calendar.", completion: .file()) var market: String?
    @Option(help: "Format of the document written to --output or stdout.") var report: ReportFormat?
    @Option(name: .shortAndLong, help: "Where the document goes; stdout by default.", completion: .file()) var output:
        String?
    @Option(
        help: ArgumentHelp("Save the verdict with the digest of the data, for later stages.", valueName: "file"),
        completion: .file()) var save: String?
    @Option(help: ArgumentHelp("Also write JUnit XML here.", valueName: "file"), completion: .file()) var junit: String?

    mutating func perform(_ context: CommandContext) throws {
        let terminal = common.terminal
        let outcome = try CheckData.run(suite: suite, data: data, market: market, session: context.sessionIfAny) {
            terminal.showProgress("checking", $0, "\(Int($0 * 100)) %")
        }
        terminal.clearLine()
        if let save { try CheckData.save(outcome, data: data, to: save, session: try context.session()) }
        try ReportOutput.write(outcome, report: report, output: output, junit: junit, common: common)
        if !outcome.isPassed { throw refuse() }
    }
}

enum ReportFormat: String, ExpressibleByArgument, CaseIterable { case json, junit, markdown, html }

/// A report where the user wants it: a document in a format, JSON, or a table.
enum ReportOutput {
    static func write(
        _ report: CheckReport, report format: ReportFormat?, output: String?, junit: String?, common: CommonOptions
    ) throws {
        if let junit { try AtomicFile.write(report.text(.junit), to: junit) }
        if let format, let kind = CheckReport.Format(rawValue: format.rawValue) {
            let text = report.text(kind)
            if let output { try AtomicFile.write(text, to: output) } else { return emit(text, terminator: "") }
        } else if let output {
            try AtomicFile.write(report.text(.json), to: output)
        }
        if common.json { return emit(report.json.text(.pretty)) }
        let document = CheckReportDocument(report, evidenceLines: common.quiet ? 0 : 5)
        emit(document.text(common.terminal.productStyle))
    }
}

struct FeaturesCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Compute features and labels from bars.",
        discussion: """
            EXAMPLES
              hftml features features.yaml Data/demo-market -o features.safetensors
              hftml features features.yaml bars/ --quality quality.json -o features.safetensors
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "YAML with features and label.", completion: .file()) var spec: String
    @Argument(help: "A file or directory of bars.", completion: .file()) var data: String
    @Option(help: "YAML with zone, interval and calendar.", completion: .file()) var market: String?
    @Option(
        help: ArgumentHelp("A quality report that must have passed on exactly this data.", valueName: "file"),
        completion: .file()) var quality: String?
    @Option(help: "Threads.") var threads = Session.defaultThreads
    @Option(name: .shortAndLong, help: "The feature table.", completion: .file()) var output: String

    mutating func perform(_ context: CommandContext) throws {
        let terminal = common.terminal
        let made = try BuildFeatures.run(
            spec: spec, data: data, market: market, quality: quality, output: output, threads: threads,
            session: try context.session()
        ) { terminal.showProgress("features", $0, "\(Int($0 * 100)) %") }
        terminal.clearLine()
        for issue in made.issues.prefix(20) { terminal.say("  \(issue)") }
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "bars": .int(made.bars), "rows": .int(made.rows),
                    "labelledRows": .int(made.labelledRows),
                    "instruments": .int(made.instruments), "features": .strings(made.features),
                ]).text(.pretty))
        } else {
            emit(
                "\(made.rows) rows of \(made.features.count) features from \(made.bars) bars of \(made.instruments) instruments; \(made.labelledRows) with a label"
            )
        }
    }
}
