package import Basics
package import Workflows

/// Every object of the cache, or of a remote, that is corrupt.
package struct CacheVerificationDocument: Document {
    private let outcome: VerifyData.Outcome

    package init(_ outcome: VerifyData.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        let problems = outcome.problems.map { item in
            JSONValue.map([
                "md5": .string(item.md5), "object": .string(item.object), "problem": .string(item.problem),
                "usedBy": .strings(item.usedBy), "repairedFrom": item.repairedFrom.map { .string($0) } ?? .null,
            ])
        }
        return .map([
            ("remote", outcome.remote.map { .string($0) } ?? .null), ("objects", .int(outcome.objects)),
            ("bytes", .int(outcome.bytes)), ("problems", .list(problems)),
        ])
    }

    package var isRefusal: Bool { !outcome.isIntact }

    package func text(_ style: TextStyle) -> String {
        let lines = outcome.problems.map { item in
            let users = item.usedBy.prefix(3).joined(separator: ", ")
            return style.wrapped(
                "\(item.object): \(item.problem)\(users.isEmpty ? "" : "; used by \(users)")"
                    + (item.repairedFrom.map { "; replaced from \($0)" } ?? ""), indent: 2)
        }
        let repaired = outcome.problems.count { $0.repairedFrom != nil }
        let verdict =
            outcome.problems.isEmpty
            ? "all intact" : "\(outcome.problems.count) problems" + (repaired > 0 ? ", \(repaired) of them mended" : "")
        return (lines + ["\(outcome.objects) objects, \(byteText(outcome.bytes)): \(verdict)"])
            .joined(separator: "\n")
    }
}
