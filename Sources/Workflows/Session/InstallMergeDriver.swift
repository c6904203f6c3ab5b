import Basics
package import DataVersioning

/// A Git repository in; one that merges pointers and locks with hftml out.
package enum InstallMergeDriver {
    private static let attributes = [
        "*.dvc merge=hftml", "dvc.lock merge=hftml", "partitions.lock merge=hftml",
        // Heads of the log that two people signed are all kept, in any order: what each says stands by itself.
        "Registry/audit-heads.jsonl merge=union", "Registry/revocations/*.jsonl merge=union",
        "Registry/environments/*/authority.next.json merge=hftml",
    ]

    /// Writes the command into Git's configuration of this clone, and the attributes, which are for everybody and
    /// belong into Git, into `.gitattributes`; other lines there stay. Safe to repeat.
    ///
    /// - Parameter program: what Git calls to merge.
    package static func run(_ repository: GitRepository, in workspace: Workspace, program: String) throws {
        try repository.configure("merge.hftml.name", "pointers and locks of data version control")
        try repository.configure(
            "merge.hftml.driver", "'\(program.replacing("'", with: "'\\''"))' git-merge %O %A %B %P")
        let path = "\(workspace.root)/.gitattributes"
        var text = try OwnFile.text(path)
        let missing = attributes.filter { line in !text.textLines().contains { $0 == line } }
        guard !missing.isEmpty else { return }
        if !text.isEmpty, !text.hasSuffix(text.lineEnd) { text += text.lineEnd }
        try AtomicFile.write(text + missing.joined(separator: "\n") + "\n", to: path)
    }
}
