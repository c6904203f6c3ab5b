package import Basics
package import Workflows

/// Every object of the cache that is corrupt.
package struct CacheVerificationDocument: Document {
    private let outcome: VerifyData.Outcome

    package init(_ outcome: VerifyData.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        let problems = outcome.problems.map { item in
            JSONValue.map([
                "md5": .string(item.md5), "object": .string(item.object), "problem": .string(item.problem),
                "usedBy": .strings(item.usedBy),
            ])
        }
        return .map([
            ("objects", .int(outcome.objects)), ("bytes", .int(outcome.bytes)), ("problems", .list(problems)),
        ])
    }

    package var isRefusal: Bool { !outcome.isIntact }

    package func text(_ style: TextStyle) -> String {
        let lines = outcome.problems.map { item in
            let users = item.usedBy.prefix(3).joined(separator: ", ")
            return style.wrapped(
                "\(item.object): \(item.problem)\(users.isEmpty ? "" : "; used by \(users)")", indent: 2)
        }
        let verdict = outcome.isIntact ? "all intact" : "\(outcome.problems.count) problems"
        return (lines + ["\(outcome.objects) objects, \(byteText(outcome.bytes)): \(verdict)"])
            .joined(separator: "\n")
    }
}
