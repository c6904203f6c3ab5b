import ArgumentParser
import Basics
import Documents

/// One report that is asked for: `markdown` on stdout or in --output, `markdown=FILE` in a file of its own.
struct ReportRequest: ExpressibleByArgument {
    let format: CheckReport.Format
    /// As it was typed; nil where --output or stdout takes it.
    let file: String?

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let format = CheckReport.Format(rawValue: parts[0]), parts.count == 1 || !parts[1].isEmpty else {
            return nil
        }
        self.format = format
        file = parts.count == 2 ? parts[1] : nil
    }

    var defaultValueDescription: String { format.rawValue + (file.map { "=\($0)" } ?? "") }

    static var allValueStrings: [String] { CheckReport.Format.allCases.map(\.rawValue) }
}
