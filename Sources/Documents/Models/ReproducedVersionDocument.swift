package import Basics
import Registry
package import Workflows

/// Whether the recorded recipe, data and seed gave the same weights again.
package struct ReproducedVersionDocument: Document {
    package let outcome: ReproduceVersion.Outcome

    package init(_ outcome: ReproduceVersion.Outcome) { self.outcome = outcome }

    package var isRefusal: Bool { !outcome.isEqual }

    package var body: JSONValue {
        .map([
            "version": .string(outcome.version.reference), "equal": .bool(outcome.isEqual),
            "recorded": .string(outcome.version.weights), "found": .string(outcome.weights),
            "differences": .strings(outcome.differences),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let reference = outcome.version.reference, found = outcome.weights.prefix(16)
        let since = outcome.differences.isEmpty ? "" : "; since then: \(outcome.differences.joined(separator: ", "))"
        let words =
            outcome.isEqual
            ? "to the same weights \(found)" : "to \(found), recorded \(outcome.version.weights.prefix(16))\(since)"
        return style.wrapped("\(reference) trained again \(words)", indent: 2)
    }
}
