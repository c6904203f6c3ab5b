package import Basics
import Registry
package import Workflows

/// Statements of people that were written into files.
package struct ExportedStatementsDocument: Document {
    package let files: [String]

    package init(_ files: [String]) { self.files = files }

    package var body: JSONValue { .map(["files": .strings(files)]) }
    package func text(_ style: TextStyle) -> String { files.joined(separator: "\n") }
}

/// Statements of people that came in files.
package struct TakenStatementsDocument: Document {
    package let taken: CarryStatements.Taken

    package init(_ taken: CarryStatements.Taken) { self.taken = taken }

    package var body: JSONValue {
        .map([
            "taken": .list(taken.taken.map { Self.json($0) }), "known": .list(taken.known.map { Self.json($0) }),
            "elsewhere": .list(taken.elsewhere.map { Self.json($0) }),
            "passed": .list(taken.passed.map { .map(["file": .string($0.path), "reason": .string($0.reason)]) }),
        ])
    }

    private static func json(_ found: CarryStatements.Found) -> JSONValue {
        .map([
            "file": .string(found.path), "kind": .string(found.record.kind.rawValue),
            "version": .string("\(found.record.model)/\(found.record.version)"), "signer": .string(found.record.signer),
            "keyID": .string(found.record.keyID), "statement": .string(found.record.digest),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = taken.taken.map { found in
            "\(found.record.kind.rawValue) of \(found.record.model)/\(found.record.version) by \(found.record.signer) "
                + "(\(found.record.keyID)) is on record: \(found.record.digest.prefix(12))"
        }
        let about = Set(taken.elsewhere.map { "\($0.record.model)/\($0.record.version)" }).sorted()
        if lines.isEmpty { lines.append("nothing new; \(taken.known.count) on record already") }
        if !about.isEmpty {
            lines.append("not about what is here, or about other weights: \(about.joined(separator: ", "))")
        }
        return lines.map { style.wrapped($0, indent: 2) }.joined(separator: "\n")
    }
}
