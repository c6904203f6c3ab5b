package import Basics
package import Workflows

/// What `remove` took out of version control, or would take.
package struct RemovedDataDocument: Document {
    private let removed: [RemoveData.Removed]
    private let isDryRun: Bool
    private let root: String

    /// - Parameter root: of the workspace; people read paths from there.
    package init(_ removed: [RemoveData.Removed], isDryRun: Bool, root: String) {
        self.removed = removed
        self.isDryRun = isDryRun
        self.root = root
    }

    package var body: JSONValue { .map(["removed": .strings(removed.map(\.pointer))]) }

    package func text(_ style: TextStyle) -> String {
        let lines = removed.map { item in
            let what = item.isDataRemoved ? " and its data" : "; its data stays"
            let verb = isDryRun ? "would remove" : "removed"
            return style.wrapped("\(verb) \(Paths.relative(item.pointer, to: root))\(what)", indent: 2)
        }
        return lines.joined(separator: "\n")
    }
}
