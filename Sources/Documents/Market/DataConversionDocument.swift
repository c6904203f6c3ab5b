package import Basics
import MarketData
package import Workflows

/// Files that a conversion wrote.
package struct DataConversionDocument: Document {
    private let outcome: ConvertData.Outcome

    package init(_ outcome: ConvertData.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        let written = outcome.written.map {
            JSONValue.map([
                ("path", .string($0.path)), ("provenance", .string($0.provenance)), ("rows", .int($0.rows)),
                ("digest", .string($0.digest)),
            ])
        }
        return .map([
            ("kind", .string(outcome.kind)), ("table", .string(outcome.table.rawValue)),
            ("notes", .strings(outcome.notes)), ("written", .list(written)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let lines = outcome.written.map { "\($0.path): \(grouped($0.rows)) rows of \(outcome.table.rawValue)" }
        return
            (lines.map { style.wrapped(Escaping.terminal($0), indent: 2) }
            + outcome.notes.map { style.wrapped(Escaping.terminal("note: \($0)"), indent: 2) })
            .joined(separator: "\n")
    }
}
