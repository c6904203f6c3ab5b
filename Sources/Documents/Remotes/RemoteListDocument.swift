package import Basics
package import Workflows

/// The remotes of a workspace.
package struct RemoteListDocument: Document {
    private let remotes: [ConfigureRemote.Remote]
    private let defaultRemote: String?

    package init(_ remotes: [ConfigureRemote.Remote], defaultRemote: String?) {
        self.remotes = remotes
        self.defaultRemote = defaultRemote
    }

    package var body: JSONValue {
        let items = remotes.map { remote in
            JSONValue.map([
                ("name", .string(remote.name)), ("url", .string(remote.url)),
                ("options", .map(remote.options.map { ($0.name, .string($0.value)) })),
            ])
        }
        return .map([("default", .string(defaultRemote)), ("remotes", .list(items))])
    }

    package func text(_ style: TextStyle) -> String {
        remotes.map { "\($0.name)\t\($0.url)\($0.isDefault ? "\t(default)" : "")" }.joined(separator: "\n")
    }
}
