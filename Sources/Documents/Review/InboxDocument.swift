package import Basics
package import Workflows

/// What waits for a person, a line each with the command to go on.
package struct InboxDocument: Document {
    private let inbox: Inbox.Outcome

    package init(_ inbox: Inbox.Outcome) { self.inbox = inbox }

    package var body: JSONValue {
        .map([
            ("person", .string(inbox.person)), ("roles", .strings(inbox.roles)),
            (
                "items",
                .list(
                    inbox.items.map { item in
                        .map([
                            "kind": .string(item.kind.rawValue), "subject": .string(item.subject),
                            "what": .string(item.what), "next": .string(item.next),
                            "due": .string(item.due.map(TimeText.utc)),
                        ])
                    })
            ), ("problems", .strings(inbox.problems)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let roles = inbox.roles.isEmpty ? "no role" : inbox.roles.joined(separator: ", ")
        let count = inbox.items.count
        var lines = [
            "\(inbox.person) (\(roles)): "
                + (count == 0 ? "nothing waits" : "\(count) thing\(count == 1 ? "" : "s") to look at")
        ]
        for item in inbox.items {
            lines.append(
                style.wrapped(Escaping.terminal("\(item.kind.rawValue) \(item.subject): \(item.what)"), indent: 2))
            lines.append("    " + Escaping.terminal(item.next))
        }
        lines += inbox.problems.map { style.wrapped(Escaping.terminal("not looked at: \($0)"), indent: 2) }
        return lines.joined(separator: "\n")
    }
}
