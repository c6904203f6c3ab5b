package import Basics
package import DataVersioning

/// Data and a remote in; the objects that one of the two lacked, moved, out.
package enum TransferData {
    /// What is transferred, and where.
    package struct Request: Sendable {
        /// Pointers, data or directories; everything when empty.
        package var targets: [String] = []
        /// Which partitions of directories with partitions, as `date>=2024-03`; all must hold. All when empty.
        package var conditions: [String] = []
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

    package struct Fetched: Sendable {
        /// Objects that came from the remote or from the sources of imports.
        package let count: Int
        /// What could not be had; everything else came all the same.
        package let problems: [PathProblem]
    }

    package struct Pushed: Sendable {
        /// Objects that were sent.
        package let count: Int
        /// Files that say what is under version control, and cannot be read.
        package let problems: [PathProblem]
        /// Directories of which a part was sent and whose listings were kept back, because the remote does not have the
        /// rest.
        package let incomplete: [String]
    }

    package struct Pulled: Sendable {
        /// Objects that came from the remote.
        package let fetched: Int
        package let checkout: CheckoutData.Outcome
    }

    /// Sends what the remote lacks: files first, then the listings that name them.
    ///
    /// Of a part of a directory only its files are sent.
    package static func push(
        _ request: Request, in workspace: Workspace, progress: TransferProgress? = nil
    ) throws -> Pushed {
        let (data, problems) = try data(request, workspace, isSending: true)
        let pushed = try workspace.push(
            data, remote: request.remote, jobs: request.jobs, isRunCache: request.includesRunCache, progress: progress)
        return Pushed(count: pushed.count, problems: problems, incomplete: pushed.incomplete)
    }

    /// What a push would send, relative to the workspace; sends nothing.
    package static func planPush(_ request: Request, in workspace: Workspace) throws -> [String] {
        try workspace.cloudStatus(
            try data(request, workspace, isSending: true).data, remote: request.remote, jobs: request.jobs
        )
        .filter { $0.state == "new" }.map(\.path)
    }

    /// Brings what the cache lacks; the workspace stays as it is. An interrupted transfer resumes.
    ///
    /// Of a part of a directory only its files come.
    package static func fetch(
        _ request: Request, in workspace: Workspace, progress: TransferProgress? = nil
    ) throws -> Fetched {
        if let remote = request.remote { _ = try workspace.settings.remote(remote) }
        let (data, problems) = try data(request, workspace, isSending: false)
        let fetched = try workspace.fetchAll(
            data, remote: request.remote, jobs: request.jobs, isRunCache: request.includesRunCache, progress: progress)
        return Fetched(count: fetched.count, problems: fetched.problems + problems)
    }

    /// Fetches, and then checks out what the workspace's own files name.
    ///
    /// - Parameter isForced: whether changes that are not in the cache may be overwritten.
    package static func pull(
        _ request: Request, isForced: Bool = false, in workspace: Workspace, progress: TransferProgress? = nil,
        onWait: (String) -> Void = { _ in }
    ) throws -> Pulled {
        let fetched = try fetch(request, in: workspace, progress: progress)
        var count = fetched.count
        func checkout(_ targets: [String]) throws -> CheckoutData.Outcome {
            try CheckoutData.run(
                targets, conditions: request.conditions, isForced: isForced, in: workspace, progress: progress,
                onWait: onWait)
        }
        var outcome = try checkout(request.targets)
        // Damaged objects of the cache are fetched again; what they belong to is then checked out once more.
        let damaged = outcome.problems.filter { $0.error.code == "data.damaged-object" }.map(\.path)
        if !damaged.isEmpty {
            let targets = damaged.map { "\(workspace.root)/\($0)" }
            count += try workspace.heal(
                try TrackedOutputs.of(targets, partitions: try PartitionFilter(all: request.conditions), in: workspace)
                    .data, remote: request.remote, jobs: request.jobs,
                progress: progress)
            let again = try checkout(targets)
            outcome.changes += again.changes
            outcome.problems = outcome.problems.filter { !damaged.contains($0.path) } + again.problems
        }
        // Why something did not come says more than that it is not there.
        let reasons = Dictionary(fetched.problems.map { (ExactText($0.path), $0) }) { first, _ in first }
        outcome.problems = outcome.problems.map { reasons[ExactText($0.path)] ?? $0 }
        let told = Set(outcome.problems.map { ExactText($0.path) })
        outcome.problems += fetched.problems.filter { !told.contains(ExactText($0.path)) }
        return Pulled(fetched: count, checkout: outcome)
    }

    /// What the workspace names, and what the wanted revisions name beside it; and the files that cannot be read.
    ///
    /// - Parameter isSending: whether to leave out older versions that the cache does not have: there is nothing of
    ///   them to send.
    private static func data(_ request: Request, _ workspace: Workspace, isSending: Bool) throws -> (
        data: [TrackedData], problems: [PathProblem]
    ) {
        let filter = try PartitionFilter(all: request.conditions)
        let tracked = try TrackedOutputs.of(request.targets, partitions: filter, in: workspace)
        var data = tracked.data
        var problems = tracked.unreadable.map(\.problem)
        guard request.allBranches || request.allTags || request.allCommits else { return (data, problems) }
        var history = OlderVersions(beside: data, targets: request.targets, partitions: filter, in: workspace)
        for revision in try revisions(request, workspace) {
            let old = try history.new(at: revision)
            data += try isSending ? old.data.filter { try workspace.isCached($0) } : old.data
            problems += old.unreadable.map(\.problem)
        }
        return (data, problems)
    }

    private static func revisions(_ request: Request, _ workspace: Workspace) throws -> [String] {
        let repository = try workspace.git()
        var references: [String] = []
        if request.allBranches {
            references += try repository.references(below: "refs/heads/")
            references += try repository.references(below: "refs/remotes/")
        }
        if request.allTags { references += try repository.references(below: "refs/tags/") }
        var revisions = try Set(references.compactMap { try repository.commitIfAny($0) })
        if request.allCommits { revisions.formUnion(try repository.history()) }
        return revisions.sorted()
    }
}
