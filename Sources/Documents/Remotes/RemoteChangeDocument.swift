package import Basics

/// What a `remote` command wrote to DVC's configuration.
package enum RemoteChangeDocument: Document {
    case added(name: String, url: String, isDefault: Bool)
    /// The default remote as it is now.
    case defaultRemote(String?)
    case option(remote: String, name: String)
    case removed(String)

    package var body: JSONValue {
        switch self {
        case .added(let name, let url, _): .map(["name": .string(name), "url": .string(url)])
        case .defaultRemote(let name): .map(["default": .string(name)])
        case .option(let remote, let name): .map(["name": .string(remote), "option": .string(name)])
        case .removed(let name): .map(["removed": .string(name)])
        }
    }

    package func text(_ style: TextStyle) -> String {
        switch self {
        case .added(let name, let url, let isDefault): "\(name)  \(url)\(isDefault ? "  (default)" : "")"
        case .defaultRemote(let name): name ?? "none"
        case .option: ""
        case .removed(let name): "removed \(name)"
        }
    }
}
