package import Basics
package import Workflows

/// A workspace that `init` made or completed.
package struct WorkspaceDocument: Document {
    private let outcome: InitializeWorkspace.Outcome

    package init(_ outcome: InitializeWorkspace.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map(["root": .string(outcome.root), "mergeDriver": .bool(outcome.hasMergeDriver)])
    }

    package func text(_ style: TextStyle) -> String {
        style.wrapped(
            "workspace ready: " + outcome.directories.joined(separator: ", ")
                + (outcome.hasMergeDriver ? "; Git merges pointers and locks with hftml" : ""), indent: 2)
    }
}
