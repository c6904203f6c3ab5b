import Basics
import DataVersioning

/// A workspace in; one whose Git takes of `Registry` what people share, and nothing else, out.
enum RegistryIgnoreRules {
    private static let heading =
        "# Of the registry Git keeps what people share: public keys, gates, cards, environments."

    /// The database with what it writes beside itself, what runs leave, private keys, and what a runtime keeps.
    private static let rules = [
        "/*.sqlite*", "/artefacts/", "/checkpoints/", "/scratch-*/", "/keys/*", "!/keys/*.pub.json",
        "/environments/*/*",
        "!/environments/*/runtime.json", "!/environments/*/environment.yaml", "!/environments/*/authority.json",
        "!/environments/*/authority.next.json", "!/environments/*/authority/",
    ]

    /// Appends to `Registry/.gitignore` the rules that it does not have; other lines stay. Safe to repeat.
    static func write(in workspace: Workspace) throws {
        let path = "\(workspace.root)/Registry/.gitignore"
        var text = try OwnFile.text(path)
        let lines = text.textLines().map(String.init), missing = rules.filter { !lines.containsExactly($0) }
        guard !missing.isEmpty else { return }
        let end = text.lineEnd
        if !text.isEmpty, !text.hasSuffix(end) { text += end }
        if text.isEmpty { text = heading + end }
        try AtomicFile.write(text + missing.joined(separator: end) + end, to: path)
    }
}
