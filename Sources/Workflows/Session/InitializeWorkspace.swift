import Basics
import DataVersioning

/// A directory in; a workspace with its rooms, and a Git that can merge pointers and locks and leaves out what
/// is not for it, out. Safe to repeat.
package enum InitializeWorkspace {
    package struct Outcome: Sendable, Equatable {
        /// Absolute.
        package let root: String
        /// Made or found below the root.
        package let directories: [String]
        /// Whether Git merges pointers and locks with hftml; false outside Git.
        package let hasMergeDriver: Bool
    }

    private static let directories = ["Pipelines", "Registry", "Data"]

    /// - Parameters:
    ///   - requiresGit: false to make do without a Git repository.
    ///   - program: what Git calls to merge.
    ///   - environment: of the caller.
    /// - Throws: ``Failure`` with code `init.no-git`.
    package static func run(
        _ directory: String, requiresGit: Bool = true, program: String = ProcessIdentity.program ?? "hftml",
        environment: [String: String]
    ) throws -> Outcome {
        let repository = try GitRepository.around(directory)
        if requiresGit, repository == nil {
            throw Failure(
                "init.no-git", "found no Git repository here", hint: "run git init first, or: hftml init --no-scm")
        }
        let workspace = try Workspace.create(directory, usesGit: repository != nil, environment: environment)
        for name in directories { try Paths.makeDirectory(Paths.join(workspace.root, name)) }
        if let repository {
            try InstallMergeDriver.run(repository, in: workspace, program: program)
            try RegistryIgnoreRules.write(in: workspace)
            // Anchors of the audit log come with every fetch; Git alone would leave them where they are.
            for remote in try repository.remotes() {
                try repository.configure(
                    "remote.\(remote).fetch", adding: "+refs/hftml/*:refs/remotes/\(remote)/hftml/*",
                    replacing: "^\\+refs/hftml/")
            }
        }
        return Outcome(
            root: workspace.root, directories: [".dvc"] + directories, hasMergeDriver: repository != nil)
    }
}
