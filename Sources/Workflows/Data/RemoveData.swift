import Basics
package import DataVersioning

/// Pointers in; their data out of version control.
package enum RemoveData {
    /// What a removal took, or would take.
    package struct Removed: Sendable, Equatable {
        /// The `.dvc` file, absolute.
        package let pointer: String
        /// Its data, absolute.
        package let data: [String]
        /// Whether the data went too.
        package let isDataRemoved: Bool
    }

    /// Removes pointers and their lines in `.gitignore`.
    ///
    /// - Parameters:
    ///   - targets: pointers, or the data behind them.
    ///   - removesData: whether the data in the workspace goes too; the cache keeps it.
    ///   - isDryRun: whether to check and tell only.
    /// - Throws: ``Failure`` with code `data.would-lose` where data that should go has changes that the cache lacks;
    ///   then nothing is removed.
    package static func run(
        _ targets: [String], removesData: Bool = false, isDryRun: Bool = false, in workspace: Workspace,
        onWait: (String) -> Void = { _ in }
    ) throws -> [Removed] {
        let pointers = try targets.map { try workspace.pointer(named: $0) }
        let paths = pointers.flatMap { pointer in pointer.entries.map { pointer.dataPath($0) } }
        if isDryRun {
            if removesData { for pointer in pointers { try check(pointer, workspace) } }
        } else {
            try workspace.changing(paths, command: "hftml remove", onWait: onWait) {
                // Looked at under the lock: what is checked is what is removed.
                if removesData { for pointer in pointers { try check(pointer, workspace) } }
                for pointer in pointers { try workspace.remove(pointer, isRemovingData: removesData) }
            }
        }
        return pointers.map { pointer in
            Removed(
                pointer: pointer.path, data: pointer.entries.map { pointer.dataPath($0) }, isDataRemoved: removesData)
        }
    }

    /// Content that stands nowhere else must not be removed.
    private static func check(_ pointer: PointerFile, _ workspace: Workspace) throws {
        for entry in pointer.entries {
            let path = pointer.dataPath(entry)
            guard [.modified, .new, .notInCache].contains(try workspace.state(of: entry, at: path)),
                Paths.exists(path)
            else { continue }
            throw Failure(
                "data.would-lose", "found changes in '\(workspace.shown(path))' that are not in the cache",
                hint: "keep them with: hftml add '\(workspace.shown(path))'")
        }
    }
}
