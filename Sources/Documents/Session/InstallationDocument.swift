package import Basics
package import Workflows

/// What is here: libraries, kernels, Git, workspace, registry, remotes.
package struct InstallationDocument: Document {
    private let items: [ExamineInstallation.Item]

    package init(_ items: [ExamineInstallation.Item]) { self.items = items }

    package var isFailure: Bool { items.contains { !$0.isUsable } }

    package var body: JSONValue {
        let rows = items.map { item in
            JSONValue.map([
                "name": .string(item.name), "value": .string(item.value), "fine": .bool(item.isUsable),
                "hint": .string(item.hint),
            ])
        }
        return .map([("items", .list(rows))])
    }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable([])
        for item in items {
            let mark = !item.isUsable ? "✗" : item.hint == nil ? "✓" : "–"
            table.add([mark, item.name, item.value + (item.hint.map { "; \($0)" } ?? "")])
        }
        return table.text(style)
    }
}
