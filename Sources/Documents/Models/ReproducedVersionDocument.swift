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
        if outcome.isEqual { return "\(reference) trained again to the same weights \(found)" }
        let since = outcome.differences.isEmpty ? "" : "; since then: \(outcome.differences.joined(separator: ", "))"
        return "\(reference) trained again to \(found), recorded \(outcome.version.weights.prefix(16))\(since)"
    }
}
