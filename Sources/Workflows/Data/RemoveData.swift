import Basics
package import DataVersioning
package import Registry

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
    ///   - registry: whose audit log takes that data with closed days went out of version control.
    /// - Throws: ``Failure`` with code `data.would-lose` where data that should go has changes that the cache lacks;
    ///   then nothing is removed.
    package static func run(
        _ targets: [String], removesData: Bool = false, isDryRun: Bool = false, in workspace: Workspace,
        registry: (() throws -> RegistryDatabase)? = nil, onWait: (String) -> Void = { _ in }
    ) throws -> [Removed] {
        let pointers = try targets.map { try workspace.pointer(named: $0) }
        let paths = pointers.flatMap { pointer in pointer.entries.map { pointer.dataPath($0) } }
        if isDryRun {
            if removesData { for pointer in pointers { try check(pointer, workspace) } }
        } else {
            try workspace.changing(paths, command: "hftml remove", onWait: onWait) {
                // Looked at under the lock: what is checked is what is removed.
                if removesData { for pointer in pointers { try check(pointer, workspace) } }
                for pointer in pointers { try record(pointer, workspace, registry) }
                for pointer in pointers { try workspace.remove(pointer, isRemovingData: removesData) }
            }
        }
        return pointers.map { pointer in
            Removed(
                pointer: pointer.path, data: pointer.entries.map { pointer.dataPath($0) }, isDataRemoved: removesData)
        }
    }

    /// With the pointer goes its rule that closed days do not change: whoever adds the data again starts anew. So that
    /// nobody changes the past that way unseen, it is put on record before.
    private static func record(
        _ pointer: PointerFile, _ workspace: Workspace, _ registry: (() throws -> RegistryDatabase)?
    ) throws {
        for entry in pointer.entries {
            guard let rule = try PartitionedData(entry), let day = rule.closedBefore else { continue }
            guard let registry else {
                throw Failure("partition.closed", "found no registry to put the removal of closed days on record")
            }
            try registry().audit(
                action: "remove-data", subject: .data(workspace.shown(pointer.dataPath(entry))),
                detail: .map([
                    "from": .string(entry.md5), "pattern": .string(rule.pattern.text),
                    "closedBefore": .string(day.description),
                ]))
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
