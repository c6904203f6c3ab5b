import Basics

/// The text that is about to be signed in; what it holds, a line a value, out: all of it, and nothing beside it.
package struct SignedLine: Sendable, Equatable {
    /// For people; where there is no word for it, the place in the text: `predicate.place`.
    package let name: String
    package let value: String
    /// Whether the value is a SHA-256, which a page may cut.
    package let isDigest: Bool

    private static let names = [
        "_type": "statement", "predicateType": "kind", "subject.0.name": "version",
        "subject.0.digest.sha256": "weights", "predicate.policy.name": "policy",
        "predicate.policy.digest.sha256": "policy text", "predicate.lineage.sha256": "lineage",
        "predicate.signer": "signer", "predicate.reason": "reason", "predicate.signedAt": "signed at",
        "predicate.rule": "rule", "predicate.expiresAt": "until", "predicate.environment": "environment",
        "predicate.strategy.sha256": "strategy",
    ]

    /// Every value of a signed text, in its order; what is null says nothing, and is left out.
    ///
    /// - Parameter payload: JSON; another text is one line of its own.
    package static func of(_ payload: String) -> [SignedLine] {
        guard let node = try? JSONParser.parse(payload, file: "statement") else {
            return [SignedLine(name: "text", value: payload, isDigest: false)]
        }
        return leaves(node, at: [])
    }

    private static func leaves(_ node: JSONValue, at path: [String]) -> [SignedLine] {
        switch node.kind {
        case .null: return []
        case .map(let entries): return entries.flatMap { leaves($0.value, at: path + [$0.key]) }
        case .list(let values):
            return values.enumerated().flatMap { leaves($0.element, at: path + ["\($0.offset)"]) }
        default:
            let place = path.joined(separator: ".")
            return [
                SignedLine(
                    name: names[place] ?? place, value: node.stringValue ?? node.text(.compact),
                    isDigest: path.last == "sha256")
            ]
        }
    }
}
