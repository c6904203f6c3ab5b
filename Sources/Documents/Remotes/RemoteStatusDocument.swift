package import Basics
package import Workflows

/// What only one of cache and remote has: the keys of `dvc status --cloud --json` beside `schemaVersion`.
package struct RemoteStatusDocument: Document {
    private let outcome: CompareRemote.Outcome
    private let refusesChanges: Bool

    /// - Parameter refusesChanges: whether the answer is no where something differs.
    package init(_ outcome: CompareRemote.Outcome, refusesChanges: Bool) {
        self.outcome = outcome
        self.refusesChanges = refusesChanges
    }

    package var body: JSONValue { .map(outcome.items.map { ($0.path, .string($0.state)) }) }
    package var isRefusal: Bool { refusesChanges && !outcome.items.isEmpty }

    package func text(_ style: TextStyle) -> String {
        if outcome.items.isEmpty { return "Cache and remote '\(outcome.remote)' are in sync." }
        let lines = outcome.items.map { item in
            "    \(item.state):" + String(repeating: " ", count: max(1, 12 - item.state.count)) + item.path
        }
        return lines.joined(separator: "\n")
    }
}
