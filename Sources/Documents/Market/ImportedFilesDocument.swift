package import Basics
import MarketData
package import Workflows

/// Files of market data that an import wrote, and those that it could not.
package struct ImportedFilesDocument: Document {
    private let outcome: ImportFiles.Outcome

    package init(_ outcome: ImportFiles.Outcome) { self.outcome = outcome }

    /// What is missing is said in the document.
    package var isFailure: Bool { !outcome.failed.isEmpty }

    package var body: JSONValue {
        let imported = outcome.imported.map { item in
            JSONValue.map([
                ("source", .string(item.source)), ("kind", .string(item.result.kind)),
                ("table", .string(item.result.table.rawValue)), ("notes", .strings(item.result.notes)),
                ("written", .list(item.result.written.map(\.json))),
            ])
        }
        let failed = outcome.failed.map {
            JSONValue.map([
                ("source", .string($0.source)), ("code", .string($0.code)), ("reason", .string($0.reason)),
            ])
        }
        return .map([("imported", .list(imported)), ("failed", .list(failed))])
    }

    package func text(_ style: TextStyle) -> String {
        func line(_ text: String, indent: Int = 2) -> String { style.wrapped(Escaping.terminal(text), indent: indent) }
        var lines: [String] = []
        for item in outcome.imported {
            lines.append(line("\(Paths.name(item.source)): \(item.result.kind)"))
            lines += item.result.lines.map { line("  \($0)") }
        }
        for item in outcome.failed { lines.append(line("not written: \(item.source): \(item.reason)")) }
        let files = outcome.imported.map(\.result.written.count).reduce(0, +)
        let rows = outcome.imported.flatMap(\.result.written).map(\.rows).reduce(0, +)
        lines.append(
            "\(grouped(files)) files of \(grouped(rows)) rows written"
                + (outcome.failed.isEmpty ? "" : ", \(grouped(outcome.failed.count)) not"))
        return lines.joined(separator: "\n")
    }
}
