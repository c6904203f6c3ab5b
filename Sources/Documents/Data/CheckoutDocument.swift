package import Basics
package import Workflows

/// What `checkout` and `pull` changed in the workspace, as `A`, `M`, `D` lines.
package struct CheckoutDocument: Document {
    private let changes: [CheckoutData.Change]
    private let fetched: Int?
    /// Whether there is nothing that could not be had.
    private let isWhole: Bool

    /// - Parameter fetched: how many files came from a remote; nil where none was asked.
    package init(_ outcome: CheckoutData.Outcome, fetched: Int? = nil) {
        changes = outcome.changes
        self.fetched = fetched
        isWhole = outcome.problems.isEmpty
    }

    package var body: JSONValue {
        let items = changes.map { JSONValue.map(["path": .string($0.path), "change": .string($0.kind)]) }
        return .map((fetched.map { [("fetched", .int($0))] } ?? []) + [("changes", .list(items))])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = changes.map { "\($0.kind)       \($0.path)" }
        if let fetched {
            lines.append(
                fetched == 0 && changes.isEmpty && isWhole
                    ? "Everything is up to date." : "\(fetched) files fetched and \(changes.count) outputs changed")
        }
        return lines.joined(separator: "\n")
    }
}
