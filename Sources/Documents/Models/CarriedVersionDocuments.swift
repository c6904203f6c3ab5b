package import Basics
import Registry
package import Workflows

extension CarryVersion.Summary {
    fileprivate var body: JSONValue {
        .map([
            "version": .string(reference), "signer": .string(signer), "objects": .int(objects), "bytes": .int(bytes),
            "new": .bool(isNew), "uncounted": .strings(uncounted),
        ])
    }
}

/// A version that was written into an archive.
package struct ExportedVersionDocument: Document {
    package let summary: CarryVersion.Summary
    private let file: String

    package init(_ summary: CarryVersion.Summary, file: String) { (self.summary, self.file) = (summary, file) }

    package var body: JSONValue { summary.body }
    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            "\(file): \(summary.reference) with \(summary.objects) objects (\(summary.bytes) bytes), "
                + "signed by \(summary.signer)", indent: 2)
    }
}

/// A version that was taken in from an archive.
package struct ImportedVersionDocument: Document {
    package let summary: CarryVersion.Summary

    package init(_ summary: CarryVersion.Summary) { self.summary = summary }

    package var body: JSONValue { summary.body }
    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            summary.isNew
                ? "\(summary.reference) with \(summary.objects) objects, vouched for by \(summary.signer)"
                : "\(summary.reference) is here already, with the same weights", indent: 2)
    }
}

/// Git tags of a version.
package struct GitTagsDocument: Document {
    package let outcome: TagVersion.Outcome

    package init(_ outcome: TagVersion.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map(["tags": .strings(outcome.tags), "commit": .string(outcome.commit)])
    }
    package func text(_ style: TextStyle) -> String {
        outcome.tags.isEmpty
            ? "nothing to do, the tags are there"
            : outcome.tags.map { "\($0) at \(outcome.commit.prefix(12))" }.joined(separator: "\n")
    }
}

/// The history of another tracking server that was brought over.
package struct MLflowImportDocument: Document {
    package let summary: ImportMLflow.Summary

    package init(_ summary: ImportMLflow.Summary) { self.summary = summary }

    /// What stayed behind, for people; the first twenty.
    package var remarks: [String] {
        let skipped = summary.skipped
        return skipped.prefix(20).map { "  not brought over: \($0)" }
            + (skipped.count > 20 ? ["  and \(skipped.count - 20) more"] : [])
    }

    package var body: JSONValue {
        .map([
            "experiments": .int(summary.experiments), "runs": .int(summary.runs),
            "parameters": .int(summary.parameters), "tags": .int(summary.tags), "points": .int(summary.points),
            "models": .int(summary.models), "versions": .int(summary.versions), "aliases": .int(summary.aliases),
            "artefacts": .int(summary.artefacts), "skipped": .strings(summary.skipped),
        ])
    }
    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            "\(summary.experiments) experiments, \(summary.runs) runs with \(summary.parameters) parameters and "
                + "\(summary.points) metric values, \(summary.models) models, \(summary.versions) versions, "
                + "\(summary.aliases) aliases, \(summary.artefacts) files", indent: 2)
    }
}
