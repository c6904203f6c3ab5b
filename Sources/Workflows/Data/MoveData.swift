import Basics
package import DataVersioning

/// Data and a new name in; data and pointer under that name out.
package enum MoveData {
    /// - Parameters:
    ///   - source: a pointer, or the data behind it.
    ///   - target: the new path, or a directory to move into.
    /// - Throws: ``Failure`` where something stands there already, or it lies inside other tracked data.
    package static func run(
        _ source: String, to target: String, in workspace: Workspace, onWait: (String) -> Void = { _ in }
    ) throws -> RecordedData {
        let old = try workspace.pointer(named: source)
        return RecordedData(
            try workspace.changing([old.dataPath, Paths.absolute(target)], command: "hftml move", onWait: onWait) {
                try workspace.move(old, to: target)
            })
    }
}
