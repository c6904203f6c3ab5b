import Basics
package import DataVersioning

/// A workspace in; pointers that record what stands in it out.
package enum CommitData {
    /// Records every pointer whose data differs from what it says, or is not in the cache. Data that is gone from the
    /// workspace is left as recorded.
    ///
    /// - Parameter targets: pointers or data; all pointers of the workspace when empty.
    /// - Returns: what changed; empty when everything was recorded already.
    package static func run(
        _ targets: [String] = [], in workspace: Workspace, progress: TransferProgress? = nil,
        onWait: (String) -> Void = { _ in }
    ) throws -> [RecordedData] {
        let all = try targets.isEmpty ? workspace.pointers() : targets.map { try workspace.pointer(named: $0) }
        let changed = try all.filter { try isChanged($0, workspace) }
        let paths = changed.flatMap { pointer in pointer.entries.map { pointer.dataPath($0) } }
        let done = try workspace.changing(paths, command: "hftml commit", onWait: onWait) {
            try changed.map { try workspace.commit($0, progress: progress) }
        }
        try workspace.hashes.save()
        return done.map(RecordedData.init)
    }

    /// Whether any output of a pointer stands in the workspace with a content that pointer or cache do not have.
    private static func isChanged(_ pointer: PointerFile, _ workspace: Workspace) throws -> Bool {
        guard pointer.entries.allSatisfy({ Paths.exists(pointer.dataPath($0)) }) else { return false }
        return try pointer.entries.contains {
            [.modified, .new, .notInCache].contains(try workspace.state(of: $0, at: pointer.dataPath($0)))
        }
    }
}
