package import Basics
package import DataVersioning

/// Cache and remote in; data that only one of them has, out.
package enum CompareRemote {
    package struct Item: Sendable, Equatable {
        /// Relative to the workspace.
        package let path: String
        /// `new` is not at the remote, `deleted` is only there, `missing` is nowhere.
        package let state: String
    }

    package struct Outcome: Sendable, Equatable {
        /// The remote's name.
        package let remote: String
        package let items: [Item]
        /// Files that say what is under version control, and cannot be read.
        package var problems: [PathProblem] = []
    }

    /// - Parameters:
    ///   - targets: pointers, data or directories; everything when empty.
    ///   - remote: the default remote when nil.
    ///   - jobs: requests at once.
    package static func run(
        _ targets: [String] = [], remote: String? = nil, jobs: Int? = nil, in workspace: Workspace
    ) throws -> Outcome {
        let name = try workspace.settings.remote(remote).name
        let tracked = try TrackedOutputs.of(targets, in: workspace)
        return Outcome(
            remote: name,
            items: try workspace.cloudStatus(tracked.data, remote: remote, jobs: jobs).map {
                Item(path: $0.path, state: $0.state)
            }, problems: tracked.unreadable.map(\.problem))
    }
}
