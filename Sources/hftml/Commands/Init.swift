import ArgumentParser
import Basics
import DataVersioning
import Foundation

struct InitCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a workspace in this directory, and teach Git to merge pointers and locks; safe to repeat.",
        discussion: """
            EXAMPLES
              hftml init
              hftml -C new-project init
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Do not insist on a Git repository.") var noScm = false

    mutating func perform(_ context: CommandContext) throws {
        let repository = GitRepository(containing: ".")
        if !noScm, repository == nil {
            throw Failure(
                "init.no-git", "found no Git repository here", hint: "run git init first, or: hftml init --no-scm")
        }
        let workspace = try Workspace.create(".", usesGit: repository != nil)
        for directory in ["Pipelines", "Registry", "Data"] {
            try Paths.makeDirectory(Paths.join(workspace.root, directory))
        }
        if let repository { try installMergeDriver(repository, workspace) }
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "root": .string(workspace.root), "mergeDriver": .bool(repository != nil),
                ]).text(.pretty))
        } else {
            emit(
                "workspace ready: .dvc, Pipelines, Registry, Data\(repository == nil ? "" : "; Git merges pointers and locks with hftml")"
            )
        }
    }

    /// The attributes are for everybody and belong into Git; the command is of this machine.
    private func installMergeDriver(_ repository: GitRepository, _ workspace: Workspace) throws {
        let own = ProcessIdentity.program ?? "hftml"
        try repository.configure("merge.hftml.name", "pointers and locks of data version control")
        try repository.configure("merge.hftml.driver", "'\(own.replacing("'", with: "'\\''"))' git-merge %O %A %B %P")
        let path = "\(workspace.root)/.gitattributes"
        var text = Paths.exists(path) ? try FileChunks.text(path) : ""
        let missing = ["*.dvc merge=hftml", "dvc.lock merge=hftml", "partitions.lock merge=hftml"].filter { line in
            !text.split(separator: "\n").contains { $0 == line }
        }
        guard !missing.isEmpty else { return }
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        try AtomicFile.write(text + missing.joined(separator: "\n") + "\n", to: path)
    }
}
