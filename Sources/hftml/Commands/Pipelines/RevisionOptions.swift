import ArgumentParser
import Documents
import Workflows

/// Two sides that values are compared at.
struct RevisionOptions: ParsableArguments {
    @Argument(help: "The old revision.") var old = "HEAD"
    @Argument(help: "The new revision; the workspace if not given.") var new: String?
    @Flag(help: "Also what is the same.") var all = false
    @Flag(name: .customLong("md"), help: "As a Markdown table.") var markdown = false
    @Flag(help: "End with status 2 when something differs.") var exitCode = false

    func document(
        _ changes: [CompareValues.Change], _ kind: ValueChangesDocument.Kind, sources: [String], isFailure: Bool = false
    ) -> ValueChangesDocument {
        ValueChangesDocument(
            changes, kind, isMarkdown: markdown, refusesChanges: exitCode, hasSources: !sources.isEmpty,
            isFailure: isFailure)
    }
}
