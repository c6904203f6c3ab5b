import Basics
package import DataVersioning

/// Imports in; the same as their sources have them now, out.
package enum UpdateData {
    /// - Parameters:
    ///   - targets: pointers of imports, or their data.
    ///   - revision: another revision of the source repository.
    /// - Throws: ``Failure`` with code `data.would-lose` for data that was changed here.
    package static func run(
        _ targets: [String], revision: String? = nil, in workspace: Workspace, progress: TransferProgress? = nil,
        onWait: (String) -> Void = { _ in }
    ) throws -> [RecordedData] {
        try targets.map { target in
            let old = try workspace.pointer(named: target)
            return RecordedData(
                try workspace.changing([old.dataPath], command: "hftml update", onWait: onWait) {
                    try DataImport(workspace).update(old, revision: revision, progress: progress)
                })
        }
    }
}
