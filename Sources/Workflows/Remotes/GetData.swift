import Basics
package import DataVersioning

/// `PATH@REVISION` in; the data as it was then, at a path outside version control, out.
package enum GetData {
    package struct Outcome: Sendable, Equatable {
        /// Where it was written, as given.
        package let path: String
        /// Of the whole output under version control that it belongs to.
        package let md5: String
    }

    /// - Throws: ``Failure`` with code `data.exists` where something stands at the target.
    package static func run(_ reference: String, to output: String, in workspace: Workspace) throws -> Outcome {
        Outcome(path: output, md5: try workspace.extract(reference, to: output).entry.md5)
    }
}
