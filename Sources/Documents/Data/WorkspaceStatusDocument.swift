package import Basics
package import Workflows

/// What changed in a workspace: the keys of `dvc status --json` beside `schemaVersion`.
package struct WorkspaceStatusDocument: Document {
    private let status: WorkspaceStatus
    private let refusesChanges: Bool

    /// - Parameter refusesChanges: whether the answer is no where something changed.
    package init(_ status: WorkspaceStatus, refusesChanges: Bool) {
        self.status = status
        self.refusesChanges = refusesChanges
    }

    package var body: JSONValue { status.json }
    package var isRefusal: Bool { refusesChanges && !status.isClean }

    package func text(_ style: TextStyle) -> String {
        if status.isClean { return "Data and pipelines are up to date." }
        let text = status.text
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
