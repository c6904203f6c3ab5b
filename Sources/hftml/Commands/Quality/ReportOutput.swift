import ArgumentParser
import Basics
import Documents

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
