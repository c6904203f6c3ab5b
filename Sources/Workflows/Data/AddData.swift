import Basics
package import DataVersioning

/// Files and directories in; the same under version control, as DVC does it, out.
package enum AddData {
    /// What would be recorded.
    package struct Planned: Sendable, Equatable {
        /// As typed.
        package let path: String
        package let md5: String
        package let bytes: Int
        /// Nil for a single file.
        package let files: Int?
    }

    /// Hashes what would be added; writes nothing but the hash table.
    ///
    /// - Throws: ``FileError`` for a path where nothing stands.
    package static func plan(_ paths: [String], in workspace: Workspace) throws -> [Planned] {
        try paths.map { path in
            guard let entry = try workspace.entry(Paths.absolute(path), shownAs: Paths.name(path)) else {
                throw FileError("add", path, number: 2)
            }
            return Planned(path: path, md5: entry.md5, bytes: entry.size, files: entry.fileCount)
        }
    }

    /// Caches the content of every path, writes its pointer, ignores it in Git, and stages pointer and `.gitignore`
    /// where the settings say `core.autostage`.
    ///
    /// - Parameters:
    ///   - simulation: a configuration, beside the data, with which `simulate market` makes these bytes again; it is
    ///     kept in the pointer.
    ///   - onWait: gets a sentence whenever another process has to finish first.
    /// - Throws: ``Failure`` for data that Git tracks, that lies inside other tracked data or outside the workspace.
    package static func run(
        _ paths: [String], simulation: String? = nil, in workspace: Workspace, progress: TransferProgress? = nil,
        onWait: (String) -> Void = { _ in }
    ) throws -> [RecordedData] {
        let recipe = simulation.map { JSONValue.map(["simulate": .string($0)]) }
        let added = try workspace.changing(paths.map { Paths.absolute($0) }, command: "hftml add", onWait: onWait) {
            try paths.map { try workspace.add($0, recipe: recipe, progress: progress) }
        }
        if workspace.settings.autostages {
            try workspace.git().stage(added.flatMap { [$0.path, Paths.join(Paths.parent($0.path), ".gitignore")] })
        }
        return added.map(RecordedData.init)
    }
}
