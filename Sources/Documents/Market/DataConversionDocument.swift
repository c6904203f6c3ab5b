package import Basics
import MarketData
package import Workflows

/// Files that a conversion wrote.
package struct DataConversionDocument: Document {
    private let outcome: ConvertData.Outcome

    package init(_ outcome: ConvertData.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            ("kind", .string(outcome.kind)), ("table", .string(outcome.table.rawValue)),
            ("notes", .strings(outcome.notes)), ("written", .list(outcome.written.map(\.json))),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        outcome.lines.map { style.wrapped(Escaping.terminal($0), indent: 2) }.joined(separator: "\n")
    }
}

extension ConvertData.Outcome {
    /// A line a file that was written, then a line a note.
    var lines: [String] {
        written.map { file in
            let span = file.first.flatMap { first in file.last.map { (first, $0) } }.map {
                ", \(TimeText.utc($0)) to \(TimeText.utc($1))"
            }
            return "\(file.path): \(grouped(file.rows)) rows of \(table.rawValue)\(span ?? "")"
        } + notes.map { "note: \($0)" }
    }
}

extension ConvertData.Written {
    /// The keys of one file that was written.
    var json: JSONValue {
        .map([
            ("path", .string(path)), ("provenance", .string(provenance)), ("rowsIn", .int(rowsIn)),
            ("rows", .int(rows)), ("first", .string(first.map { TimeText.utc($0) })),
            ("last", .string(last.map { TimeText.utc($0) })), ("digest", .string(digest)),
        ])
    }
}
