package import Basics

/// How many files went to a remote or came from it, or which would go.
package enum TransferDocument: Document {
    /// Whole where nothing was kept back or could not be had.
    case pushed(Int, isWhole: Bool = true)
    case fetched(Int, isWhole: Bool = true)
    /// Paths relative to the workspace.
    case wouldPush([String])

    package var body: JSONValue {
        switch self {
        case .pushed(let count, _): .map(["pushed": .int(count)])
        case .fetched(let count, _): .map(["fetched": .int(count)])
        case .wouldPush(let paths): .map(["dryRun": .bool(true), "wouldPush": .strings(paths)])
        }
    }

    package func text(_ style: TextStyle) -> String {
        switch self {
        case .pushed(0, true), .fetched(0, true): "Everything is up to date."
        case .pushed(let count, _): "\(count) files pushed"
        case .fetched(let count, _): "\(count) files fetched"
        case .wouldPush(let paths): paths.map { "would push \($0)" }.joined(separator: "\n")
        }
    }
}
