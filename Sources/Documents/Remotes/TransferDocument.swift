package import Basics

/// How many files went to a remote or came from it, or which would go.
package enum TransferDocument: Document {
    case pushed(Int)
    case fetched(Int)
    /// Paths relative to the workspace.
    case wouldPush([String])

    package var body: JSONValue {
        switch self {
        case .pushed(let count): .map(["pushed": .int(count)])
        case .fetched(let count): .map(["fetched": .int(count)])
        case .wouldPush(let paths): .map(["dryRun": .bool(true), "wouldPush": .strings(paths)])
        }
    }

    package func text(_ style: TextStyle) -> String {
        switch self {
        case .pushed(0), .fetched(0): "Everything is up to date."
        case .pushed(let count): "\(count) files pushed"
        case .fetched(let count): "\(count) files fetched"
        case .wouldPush(let paths): paths.map { "would push \($0)" }.joined(separator: "\n")
        }
    }
}
