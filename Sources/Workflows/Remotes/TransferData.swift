import Basics
package import DataVersioning

/// Data and a remote in; the objects that one of the two lacked, moved, out.
package enum TransferData {
    /// What is transferred, and where.
    package struct Request: Sendable {
        /// Pointers, data or directories; everything when empty.
        package var targets: [String] = []
        /// The default remote when nil.
        package var remote: String?
        /// Transfers at once; the remote's own number when nil.
        package var jobs: Int?
        /// Whether the records of finished runs go along.
        package var includesRunCache = false
        /// Whether to take along what other branches, tags or any commit name.
        package var allBranches = false
        package var allTags = false
        package var allCommits = false

        package init(targets: [String] = [], remote: String? = nil) {
            self.targets = targets
            self.remote = remote
        }
    }

    package struct Pulled: Sendable {
        /// Objects that came from the remote.
        package let fetched: Int
        package let checkout: CheckoutData.Outcome
    }

    /// Sends what the remote lacks: files first, then the listings that name them.
    ///
    /// - Returns: how many objects were sent.
    package static func push(
        _ request: Request, in workspace: Workspace, progress: TransferProgress? = nil
    ) throws -> Int {
        try workspace.push(
            try data(request, workspace), remote: request.remote, jobs: request.jobs,
            isRunCache: request.includesRunCache, progress: progress)
    }

    /// What a push would send, relative to the workspace; sends nothing.
    package static func planPush(_ request: Request, in workspace: Workspace) throws -> [String] {
        try workspace.cloudStatus(try data(request, workspace), remote: request.remote, jobs: request.jobs)
            .filter { $0.state == "new" }.map(\.path)
    }

    /// Brings what the cache lacks; the workspace stays as it is. An interrupted transfer resumes.
    ///
    /// - Returns: how many objects came.
    package static func fetch(
        _ request: Request, in workspace: Workspace, progress: TransferProgress? = nil
    ) throws -> Int {
        try workspace.fetch(
            try data(request, workspace), remote: request.remote, jobs: request.jobs,
            isRunCache: request.includesRunCache, progress: progress)
    }

    /// Fetches, and then checks out what the workspace's own files name.
    ///
    /// - Parameter isForced: whether changes that are not in the cache may be overwritten.
    package static func pull(
        _ request: Request, isForced: Bool = false, in workspace: Workspace, progress: TransferProgress? = nil,
        onWait: (String) -> Void = { _ in }
    ) throws -> Pulled {
        let fetched = try fetch(request, in: workspace, progress: progress)
        return Pulled(
            fetched: fetched,
            checkout: try CheckoutData.run(
                request.targets, isForced: isForced, in: workspace, progress: progress, onWait: onWait))
    }

    /// What the workspace names, and what the wanted revisions name beside it as far as the cache has it.
    private static func data(_ request: Request, _ workspace: Workspace) throws -> [TrackedData] {
        let data = try Uncached.pushed(try workspace.trackedData(request.targets), workspace: workspace)
        guard request.allBranches || request.allTags || request.allCommits else { return data }
        let known = Set(data.map(\.entry.md5))
        return data
            + (try workspace.trackedData(atAll: try revisions(request, workspace)).filter {
                !known.contains($0.entry.md5) && workspace.isCached($0.entry)
            })
    }

    private static func revisions(_ request: Request, _ workspace: Workspace) throws -> [String] {
        let repository = try workspace.git()
        var revisions: [String] = []
        if request.allBranches {
            revisions += repository.references(below: "refs/heads/") + repository.references(below: "refs/remotes/")
        }
        if request.allTags { revisions += repository.references(below: "refs/tags/") }
        if request.allCommits { revisions += try repository.history() }
        return revisions
    }
}
