import Basics
package import DataVersioning

/// Links to the cache in; copies that may be edited out.
package enum UnprotectData {
    /// - Parameter paths: files or directories of the workspace.
    package static func run(_ paths: [String], in workspace: Workspace, onWait: (String) -> Void = { _ in }) throws {
        let paths = paths.map { Paths.absolute($0) }
        for path in paths where !Paths.exists(path) { throw FileError("unprotect", path, number: 2) }
        try workspace.changing(paths, command: "hftml unprotect", onWait: onWait) {
            for path in paths { try workspace.unprotect(path) }
        }
    }
}
